"""From audio chunks to what was heard: wake verification, end of speech, recognition."""
