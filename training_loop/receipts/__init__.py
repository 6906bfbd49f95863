"""Signed proof of what was erased."""
