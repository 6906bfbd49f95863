"""Per-account keys and encrypted blobs."""
