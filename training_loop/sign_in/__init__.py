"""How account holders sign in: a code by e-mail or a passkey, for a short session."""
