"""The skills: what the assistant can do."""
