"""What `training-loop` does, one file a command."""
