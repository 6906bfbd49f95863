"""Rasa without TensorFlow: what runs inside Rasa's own environment.

Nothing here may import the rest of the assistant: the two environments share no library.
"""
