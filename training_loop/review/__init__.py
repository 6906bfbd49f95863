"""People who listen and correct."""
