"""A voice-assistant backend: audio or text in, an answer in text and speech out."""
