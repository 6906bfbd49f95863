"""People who work here: who they are, how they sign in, and what ends that."""
