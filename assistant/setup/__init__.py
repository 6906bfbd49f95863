"""Set-up: everything a fresh machine needs that is not in the distribution, made once."""

from assistant.setup.environment import rasa_command
from assistant.setup.steps import is_complete, run_setup

__all__ = ["is_complete", "rasa_command", "run_setup"]
