"""Data sets: what was reviewed and may be learned from, frozen, signed and split by account."""
