"""Accounts and what each has consented to."""
