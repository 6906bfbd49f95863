"""Data sets for other tools: to a named recipient, for a purpose, until a day."""
