"""WebAuthn ceremonies, for members of staff and account holders alike."""
