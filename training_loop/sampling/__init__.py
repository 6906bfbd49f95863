"""Picks what people may hear: few, at random, and only what many could have said."""
