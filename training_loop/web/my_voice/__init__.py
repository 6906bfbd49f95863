"""What account holders see, switch, hear and delete."""
