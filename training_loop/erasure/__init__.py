"""Making things be gone, provably."""
