"""Consent, the learning queue, erasure and retraining: what learning from use needs to be fair."""
