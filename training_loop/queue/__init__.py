"""The learning queue."""
