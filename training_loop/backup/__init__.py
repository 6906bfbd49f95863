"""Copies of the store and its audio that an erasure reaches as well."""
