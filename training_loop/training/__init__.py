"""From reviewed utterances to candidate models."""
