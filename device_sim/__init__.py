"""Simulated devices, their voices and households. Knows the server only through its protos."""
