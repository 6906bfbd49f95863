"""How members of staff sign in, and who administers them."""
