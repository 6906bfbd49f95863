"""Candidates on live traffic: seen by nobody as a shadow, answering some sessions as a canary."""
