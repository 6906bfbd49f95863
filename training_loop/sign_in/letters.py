"""What the letters say."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import quote

from training_loop.sign_in.addresses import Address
from training_loop.sign_in.tickets import VALID_S, Letter

LINK_PATH = "/sign-in/link"
_MINUTES = VALID_S // 60

_SIGN_IN = """Somebody, probably you, wants to sign in to Earmark with this address.

Your code: {code}

Or open this link and press the button on its page:
{link}

Both work once, within the next {minutes} minutes. If it was not you, leave this letter alone:
without the code or the link nobody gets in. Nobody from Earmark will ever ask you for it.
"""
_CHANGE = """Somebody, probably you, wants to sign in to Earmark with this address from now on.

Your code: {code}

Type it into the page on which you asked for it, within the next {minutes} minutes. If it was not
you, leave this letter alone, and nothing will happen.
"""


def link_of(pages_url: str, letter: Letter) -> str:
    """Opening it asks for one more click, so that programs that look at letters use nothing up."""
    return f"{pages_url}{LINK_PATH}?token={quote(letter.link_token)}"


def sign_in_letter(sender: str, to: Address, letter: Letter, pages_url: str) -> EmailMessage:
    link = link_of(pages_url, letter)
    body = _SIGN_IN.format(code=_spaced(letter.code), link=link, minutes=_MINUTES)
    return _message(sender, to, "Signing in to Earmark", body)


def change_letter(sender: str, to: Address, letter: Letter) -> EmailMessage:
    body = _CHANGE.format(code=_spaced(letter.code), minutes=_MINUTES)
    return _message(sender, to, "Your address for Earmark", body)


def _message(sender: str, to: Address, subject: str, body: str) -> EmailMessage:
    """The subject says nothing that a locked screen should not show."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to.written, subject
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body, cte="7bit")
    return message


def _spaced(code: str) -> str:
    return f"{code[:4]} {code[4:]}"
