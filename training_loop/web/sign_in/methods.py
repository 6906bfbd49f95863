"""Ways to sign in. Each has a form on the sign-in page and routes of its own, the last of which
begins the session."""

from __future__ import annotations

from training_loop.web.area import WebRoute, get, post
from training_loop.web.sign_in import key, letter, passkey
from training_loop.web.sign_in.door import FORMS, HOME, known_zone

__all__ = ["FORMS", "HOME", "METHODS", "known_zone"]

METHODS: tuple[WebRoute, ...] = (
    post("/sign-in/email", letter.ask, public=True),
    post("/sign-in/email/code", letter.with_code, public=True),
    get(letter.LINK_PATH, letter.show_link, public=True),
    post(letter.LINK_PATH, letter.with_link, public=True),
    post("/sign-in/passkey/challenge", passkey.challenge, public=True),
    post("/sign-in/passkey", passkey.sign_in, public=True),
    post("/sign-in/key", key.sign_in_with_key, public=True),
)
