"""The store: one Redis-protocol server, its keys and its scripts."""
