"""What whoever runs a server sees of how account holders sign in."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.fixtures.auditor import auditor_of, found_by
from tests.fixtures.sign_in import PostOffice, signing_in, token_in, with_address
from training_loop.backup.create import create
from training_loop.cli import app
from training_loop.errors import InvalidArgument
from training_loop.loop import Loop
from training_loop.sign_in.settings import MailServer, SignInSettings
from training_loop.store import keys
from training_loop.store.client import store_errors


async def test_the_command_prints_a_link_that_signs_in_once_and_the_audit_log_says_so(
    own_loop: Loop,
) -> None:
    account = (await own_loop.accounts.create()).account
    arguments = ["sign-in", "link", account, "--state", str(own_loop.settings.state)]
    runner = CliRunner(env={"COLUMNS": "200", "EARMARK_PAGES_URL": "https://voice.example"})
    done = await asyncio.to_thread(runner.invoke, app, arguments)
    assert done.exit_code == 0, done.output
    link = done.stdout.strip()
    assert link.startswith("https://voice.example/sign-in/link?token=")
    opened = await own_loop.sign_in.email.complete("", token_in(link))
    assert opened.account == account
    shard = keys.shard_of(account)
    entries = [line async for line in own_loop.audit.lines(keys_name(shard))]
    actions = [line.split(" ")[4] for line in entries]
    assert actions == ["account_created", "holder_link_made", "holder_signed_in"]
    assert all(account not in line for line in entries)


def keys_name(shard: str) -> str:
    """A shard as the audit log names it."""
    return shard.strip("{}")


async def test_the_command_knows_no_link_for_an_account_that_is_not_there(own_loop: Loop) -> None:
    state = str(own_loop.settings.state)
    arguments = ["sign-in", "link", "acc_" + "a" * 24, "--state", state]
    done = await asyncio.to_thread(CliRunner().invoke, app, arguments)
    assert done.exit_code == 1
    assert "ACCOUNT_GONE" in done.stderr


async def test_a_server_that_sends_no_mail_says_so_when_it_starts(
    loop: Loop, caplog: pytest.LogCaptureFixture
) -> None:
    running = asyncio.create_task(signing_in(loop, None).forever())
    async with asyncio.timeout(60):
        while "no mail is sent" not in caplog.text:  # noqa: ASYNC110 - a log has no event
            await asyncio.sleep(0)
    running.cancel()
    assert caplog.records[0].levelno == logging.WARNING


async def test_the_auditor_knows_addresses_and_reports_one_that_leads_to_nobody(
    loop: Loop, post_office: PostOffice
) -> None:
    sign_in = signing_in(loop, post_office.server)
    account = (await loop.accounts.create()).account
    await with_address(sign_in, post_office, account, "anna@example.org")
    await sign_in.email.start("anna@example.org")
    await sign_in.email.idle()
    report = await auditor_of(loop).once()
    assert found_by(report) == {}
    with store_errors():
        await loop.store.set(keys.email_entry("0" * 64), f"acc_{'b' * 24} {'0' * 16}")
    report = await auditor_of(loop).once()
    assert found_by(report) == {("we", "unknown_account"): 1}


async def test_a_backup_leaves_out_what_would_outlive_an_erasure(
    loop: Loop, post_office: PostOffice, tmp_path: Path
) -> None:
    sign_in = signing_in(loop, post_office.server)
    account = (await loop.accounts.create()).account
    await with_address(sign_in, post_office, account, "anna@example.org")
    await sign_in.email.complete("", token_in(await sign_in.email.link_for(account)))
    await create(loop, tmp_path / "backup")
    written = b"".join(
        path.read_bytes() for path in (tmp_path / "backup").rglob("*") if path.is_file()
    )
    assert f":wm:{account}".encode() in written
    for kind in ("we", "wi", "wl", "ws", "wt"):
        assert f":{kind}:".encode() not in written


@pytest.mark.parametrize(
    "environment",
    [
        {"EARMARK_SMTP_URL": "http://mail.example", "EARMARK_MAIL_FROM": "a@example.org"},
        {"EARMARK_SMTP_URL": "smtp://mail.example:port", "EARMARK_MAIL_FROM": "a@example.org"},
        {"EARMARK_SMTP_URL": "smtp://mail.example"},
        {"EARMARK_SMTP_URL": "smtp://mail.example", "EARMARK_MAIL_FROM": "nobody"},
        {"EARMARK_PAGES_URL": "voice.example"},
    ],
)
def test_settings_that_cannot_be_are_refused_at_the_start(environment: dict[str, str]) -> None:
    with pytest.raises(InvalidArgument):
        SignInSettings.from_environment(environment)


def test_a_mail_server_is_told_by_its_address_and_its_password_is_not_shown() -> None:
    found = MailServer.parse("smtps://voice%40example.org:p%3Ass@mail.example?ca=/etc/mail.pem")
    assert (found.host, found.port, found.implicit_tls) == ("mail.example", 465, True)
    assert (found.username, found.password) == ("voice@example.org", "p:ss")
    assert found.ca == Path("/etc/mail.pem")
    assert "p:ss" not in repr(found)
    assert not found.local
