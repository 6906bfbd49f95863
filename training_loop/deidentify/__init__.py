"""What a reviewer may see and hear of an utterance: redacted words and an altered voice.

Nothing here is anonymous. `docs/decisions/0901-de-identification.md` says what was measured and
what stays linkable.
"""
