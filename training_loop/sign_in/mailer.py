"""Hands letters to a mail server."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from email.message import EmailMessage

import aiosmtplib

from training_loop.sign_in.errors import EmailOff, MailServerAway, RecipientRefused, TooManyAttempts
from training_loop.sign_in.settings import MailServer

_WITHIN_S = 10.0
_MOST_UNDER_WAY = 64
_log = logging.getLogger(__name__)

Compose = Callable[[], Awaitable[EmailMessage | None]]


class Mailer:
    """At most 64 letters are under way at once."""

    def __init__(self, server: MailServer | None) -> None:
        self._server = server
        self._under_way: set[asyncio.Task[None]] = set()

    @property
    def configured(self) -> bool:
        return self._server is not None

    async def send(self, message: EmailMessage) -> None:
        """Returns once the server has taken it. Raises EmailOff, MailServerAway and
        RecipientRefused."""
        connection = await self._connect()
        try:
            await connection.send_message(message)
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise RecipientRefused("the mail server refuses this address") from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise MailServerAway("the mail server did not take the letter") from error
        finally:
            await _close(connection)

    async def send_unseen(self, compose: Compose) -> None:
        """Returns as soon as the server is there to take a letter: whether `compose` finds
        somebody to write to changes neither the answer nor when it comes. Raises EmailOff,
        MailServerAway and, when too many are under way, TooManyAttempts."""
        if len(self._under_way) >= _MOST_UNDER_WAY:
            raise TooManyAttempts(_WITHIN_S)
        connection = await self._connect()
        task = asyncio.create_task(_deliver(connection, compose))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def idle(self) -> None:
        """Returns once nothing is under way any more."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def _connect(self) -> aiosmtplib.SMTP:
        server = self._server
        if server is None:
            raise EmailOff("this server sends no e-mail")
        try:
            trust = await asyncio.to_thread(_trust, server)
        except OSError as error:
            _log.warning("the certificates for the mail server cannot be read")
            raise MailServerAway("the mail server cannot be reached") from error
        connection = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.implicit_tls,
            start_tls=None if server.local or server.implicit_tls else True,
            username=server.username or None,
            password=server.password or None,
            tls_context=trust,
            local_hostname="localhost",
            timeout=_WITHIN_S,
        )
        try:
            await connection.connect()
        except (aiosmtplib.SMTPException, OSError) as error:
            connection.close()
            _log.warning("the mail server cannot be used: %s", type(error).__name__)
            raise MailServerAway("the mail server cannot be reached") from error
        return connection


async def _deliver(connection: aiosmtplib.SMTP, compose: Compose) -> None:
    """Nobody waits for it, so what goes wrong is logged, without whom it was for."""
    try:
        message = await compose()
        if message is not None:
            await connection.send_message(message)
    except Exception as error:  # noqa: BLE001 - its text may hold an address
        _log.warning("a letter was not delivered: %s", type(error).__name__)
    finally:
        await _close(connection)


async def _close(connection: aiosmtplib.SMTP) -> None:
    try:
        await connection.quit()
    except (aiosmtplib.SMTPException, OSError):
        connection.close()


def _trust(server: MailServer) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(server.ca) if server.ca else None)
