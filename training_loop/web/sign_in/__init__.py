"""How account holders sign in."""
