"""Understanding: from text to an intent and its entities."""
