"""The language model that a Vosk model recognises with: trained from text, written as graphs."""
