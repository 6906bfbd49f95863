"""What went wrong, in words for the person in front of the page."""

from __future__ import annotations

import logging
import re
import secrets
import traceback
from dataclasses import dataclass, replace

import grpc

from training_loop.web.backend import CallRefused

_ERASURE = re.compile(r"[A-Za-z0-9_]{1,64}", re.ASCII)
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """`code` is stable, to quote when asking for help."""

    status: int
    title: str
    text: str
    code: str
    link: str = ""
    """Where it goes on, for what `link_text` says."""
    link_text: str = ""


NOT_FOUND = Failure(
    status=404,
    title="There is nothing here",
    text="The address may be mistyped, or what was here has been deleted.",
    code="NOT_FOUND",
)
WRONG_METHOD = Failure(
    status=405,
    title="That is not how this page is used",
    text="Go back to the page you came from and use its buttons.",
    code="METHOD_NOT_ALLOWED",
)
FORM_EXPIRED = Failure(
    status=403,
    title="This form is too old",
    text="Nothing was changed. Open the page again and repeat what you did. This protects you from "
    "other sites that would press buttons in your name.",
    code="FORM_EXPIRED",
)
FORM_REFUSED = Failure(
    status=400,
    title="That could not be read",
    text="Nothing was changed. Open the page again and repeat what you did.",
    code="FORM_REFUSED",
)
NOT_FOR_YOU = Failure(
    status=403,
    title="This page is not for your role",
    text="If you need it for your work, ask whoever administers Earmark.",
    code="WRONG_ROLE",
)

_BY_REASON = {
    "UTTERANCE_NOT_FOUND": Failure(
        status=404,
        title="This is no longer kept",
        text="It was deleted, its time was over, or a switch was turned off.",
        code="UTTERANCE_NOT_FOUND",
    ),
    "NO_RECORDING": Failure(
        status=404,
        title="There is no recording",
        text="This request was typed, so there is nothing to hear.",
        code="NO_RECORDING",
    ),
    "ERASURE_UNKNOWN": Failure(
        status=404,
        title="No deletion is known under this address",
        text="A deletion can be looked up for 400 days after it ended. Please check the address.",
        code="ERASURE_UNKNOWN",
    ),
    "ERASURE_PENDING": Failure(
        status=503,
        title="It is out of reach already, and the rest goes on by itself",
        text="Nobody can hear, read or learn from it any more. A part of the store is away right "
        "now; the deletion ends when it is back. There is nothing you need to do.",
        code="ERASURE_PENDING",
    ),
    "CONSENT_TEXT_OUTDATED": Failure(
        status=409,
        title="The explanation has changed",
        text="These pages still show an earlier text, and nobody should agree to something they "
        "have not read. Nothing was switched on. Please come back after the pages were updated.",
        code="CONSENT_TEXT_OUTDATED",
    ),
    "CHILD_PROFILE": Failure(
        status=403,
        title="This is a child's profile",
        text="What a child says is never kept and never learned from. It cannot be switched on.",
        code="CHILD_PROFILE",
    ),
    "EXPORT_IN_PROGRESS": Failure(
        status=429,
        title="Your archive is being made already",
        text="One at a time: let the download that was begun end, or cancel it, then try again.",
        code="EXPORT_IN_PROGRESS",
    ),
    "EXPORT_FAILED": Failure(
        status=503,
        title="The archive could not be made",
        text="There is no room for it at the moment. Nothing of it is left. Please try later.",
        code="EXPORT_FAILED",
    ),
}
_BY_STATUS = {
    grpc.StatusCode.INVALID_ARGUMENT: (400, "That could not be accepted"),
    grpc.StatusCode.FAILED_PRECONDITION: (409, "That is not possible now"),
    grpc.StatusCode.NOT_FOUND: (404, "There is nothing here"),
    grpc.StatusCode.PERMISSION_DENIED: (403, "That is not allowed"),
    grpc.StatusCode.RESOURCE_EXHAUSTED: (429, "Too much at once"),
    grpc.StatusCode.UNAVAILABLE: (503, "We cannot be reached right now"),
    grpc.StatusCode.DEADLINE_EXCEEDED: (504, "That took too long"),
}
_TEXTS = {
    400: "Nothing was changed. Please go back and check what you filled in.",
    403: "Nothing was changed.",
    404: "The address may be mistyped, or what was here has been deleted.",
    409: "Nothing was changed. Open the page again to see how things are now.",
    429: "Please wait a moment, then try again.",
    503: "Your choices and your recordings are safe. Please try again in a moment.",
    504: "We cannot say whether it was done. Open the page again to see how things are.",
}


def failure_of(refused: CallRefused) -> Failure:
    """How a refused call is shown."""
    known = _BY_REASON.get(refused.reason)
    if known is not None:
        return _leading_on(known, refused)
    status, title = _BY_STATUS.get(refused.status, (502, "Something went wrong on our side"))
    text = _TEXTS.get(status, "Please try again; if it stays, tell whoever runs this Earmark.")
    return Failure(
        status=status, title=title, text=text, code=refused.reason or refused.status.name
    )


def _leading_on(failure: Failure, refused: CallRefused) -> Failure:
    """A deletion that goes on by itself has a page of its own."""
    erasure = refused.details.get("erasure", "")
    if not _ERASURE.fullmatch(erasure):
        return failure
    return replace(failure, link=f"/deletions/{erasure}", link_text="See how far it is")


def unexpected(error: Exception, path: str) -> Failure:
    """A fault of ours: of the exception only type and stack are logged, since its message might
    hold something said. `path` is the route's pattern."""
    incident = secrets.token_hex(8)
    _logger.error(
        "incident %s: %s in %s\n%s",
        incident,
        type(error).__name__,
        path,
        "".join(traceback.format_tb(error.__traceback__)),
    )
    return Failure(
        status=500,
        title="Something went wrong on our side",
        text=f"Please try again. If it stays, tell whoever runs this Earmark: incident {incident}.",
        code="INTERNAL",
    )
