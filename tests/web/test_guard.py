"""What a browser, another site or a stranger can make the pages do."""

from __future__ import annotations

import datetime
import ipaddress
import re
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.fixtures.web import House, Resident, pages_of, speech
from training_loop.web.area import Area, WebRoute
from training_loop.web.areas import AREAS

pytestmark = pytest.mark.asyncio(loop_scope="session")

ROUTES = [(area, route) for area in AREAS for route in area.routes]
CLOSED = [one for one in ROUTES if not one[1].public]
TOKEN = re.compile(r'name="form_token" value="([0-9a-f]+)"')


def address(route: WebRoute) -> str:
    return re.sub(r"\{[a-z_]+\}", "unknown_1", route.path)


@asynccontextmanager
async def visitor(
    house: House, resident: Resident | None = None, url: str = "", **options: object
) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client with cookies, signed in as the resident."""
    base = url or house.url
    options.setdefault("verify", False)  # nothing to verify without TLS, and slow to set up
    async with httpx.AsyncClient(base_url=base, timeout=30, **options) as client:  # type: ignore[arg-type]
        client.headers["origin"] = base
        if resident:
            answer = await post(client, "/sign-in/key", "/sign-in", key=resident.token)
            assert answer.headers.get("location") == "/my-voice", answer.text
        yield client


async def token_on(client: httpx.AsyncClient, page: str) -> str:
    found = TOKEN.search((await client.get(page)).text)
    assert found, f"no form on {page}"
    return found[1]


async def post(
    client: httpx.AsyncClient,
    path: str,
    page: str = "/my-voice",
    headers: Mapping[str, str] | None = None,
    **fields: str,
) -> httpx.Response:
    fields = {"form_token": await token_on(client, page), **fields}
    return await client.post(path, data=fields, headers=headers)


@pytest.mark.parametrize(("area", "route"), CLOSED, ids=lambda one: getattr(one, "path", ""))
async def test_a_stranger_is_sent_to_the_door_from_every_page(
    house: House, area: Area, route: WebRoute
) -> None:
    async with visitor(house) as client:
        answer = await client.request(route.method, address(route))
    assert (answer.status_code, answer.headers["location"]) == (303, f"{area.sign_in}?done=ended")


@pytest.mark.parametrize(
    ("area", "route"),
    [one for one in ROUTES if one[1].method == "POST" and one[0].visitor.value == "account"],
    ids=lambda one: getattr(one, "path", ""),
)
async def test_no_form_is_taken_without_its_token_or_from_another_site(
    house: House, area: Area, route: WebRoute
) -> None:
    me = await house.resident()
    async with visitor(house, me) as client:
        token = await token_on(client, "/my-voice")
        for fields, headers in (
            ({}, {}),
            ({"form_token": "0" * 64}, {}),
            ({"form_token": token}, {"origin": "https://elsewhere.example"}),
            ({"form_token": token}, {"origin": "null"}),
            ({"form_token": token}, {"sec-fetch-site": "cross-site"}),
        ):
            answer = await client.post(
                address(route), data={**fields, "on": "yes"}, headers=headers
            )
            assert answer.status_code == 403, (fields, headers)
    assert (await house.loop.rights.settings(me.account)).epoch == 0


async def test_a_form_of_one_session_is_not_taken_in_another(house: House) -> None:
    me, other = await house.resident(), await house.resident()
    async with visitor(house, other) as theirs:
        token = await token_on(theirs, "/my-voice")
    async with visitor(house, me) as mine:
        answer = await mine.post(
            "/my-voice/choices/keep-history", data={"form_token": token, "on": "yes"}
        )
    assert answer.status_code == 403


async def test_every_answer_binds_the_browser(house: House) -> None:
    me = await house.resident()
    await me.choose()
    said = await me.say("set a timer", pcm=speech("set a timer"))
    async with visitor(house, me) as client:
        for path in (
            *(address(route) for _, route in ROUTES if route.method == "GET"),
            f"/my-voice/history/{said}/recording.wav",
            "/nothing/here",
            "/static/earmark.css",
        ):
            headers = (await client.get(path)).headers
            policy = headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "same-origin"
            assert "microphone=()" in headers["permissions-policy"]
            assert "server" not in headers
            kept = "immutable" in headers["cache-control"]
            assert kept or headers["cache-control"] == "no-store", path
            assert kept == path.startswith("/static/")


async def test_no_page_has_a_script_or_style_of_its_own(house: House) -> None:
    me = await house.resident()
    await me.choose()
    said = await me.say("set a timer")
    async with visitor(house, me) as client:
        for path in (
            *(address(route) for _, route in ROUTES if route.method == "GET"),
            f"/my-voice/history/{said}",
        ):
            page = (await client.get(path)).text
            assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=\"", page), path


async def test_after_the_sign_out_the_cookie_opens_nothing(house: House) -> None:
    me = await house.resident()
    async with visitor(house, me) as client:
        stolen = dict(client.cookies)
        assert (await client.get("/my-voice")).status_code == 200
        await post(client, "/sign-out")
        assert "earmark-account" not in client.cookies
    async with visitor(house, cookies=stolen) as thief:
        assert (await thief.get("/my-voice")).status_code == 303


async def test_a_session_ends_with_its_account(house: House) -> None:
    me = await house.resident()
    async with visitor(house, me) as client:
        await house.loop.deletion.run(me.account)
        answer = await client.get("/my-voice")
        assert answer.headers["location"] == "/sign-in?done=ended"
        assert "earmark-account" not in client.cookies


async def test_a_key_that_is_none_gets_nowhere(house: House) -> None:
    me = await house.resident()
    wrong = me.token[:-4] + "AAAA"
    async with visitor(house) as client:
        for key in ("", "x", wrong, "earmark-device.acc_x", "a" * 5000, "\x00"):
            answer = await post(client, "/sign-in/key", "/sign-in", key=key)
            assert answer.status_code == 422, key
            assert key == "" or len(key) < 3 or key not in answer.text
            assert "earmark-account" not in client.cookies


async def test_nobody_sees_an_utterance_of_somebody_else(house: House) -> None:
    me, other = await house.resident(), await house.resident()
    for one in (me, other):
        await one.choose()
    theirs = await other.say("a secret", pcm=speech("a secret"))
    async with visitor(house, me) as client:
        for path in ("", "/recording.wav"):
            answer = await client.get(f"/my-voice/history/{theirs}{path}")
            assert answer.status_code == 404
            assert "secret" not in answer.text
        answer = await post(client, f"/my-voice/history/{theirs}/correction", text="mine")
        assert answer.status_code == 404
        await post(client, f"/my-voice/history/{theirs}/deletion")
    assert (await house.loop.rights.explain(other.account, theirs)).utterance.correction is None


async def test_a_recording_is_given_in_parts_as_asked(house: House) -> None:
    me = await house.resident()
    await me.choose()
    pcm = speech("set a timer for ten minutes") * 6
    said = await me.say("set a timer", pcm=pcm)
    path = f"/my-voice/history/{said}/recording.wav"
    async with visitor(house, me) as client:
        whole = await client.get(path)
        size = len(whole.content)
        assert (whole.status_code, whole.content[44:]) == (200, pcm)
        assert size > 300_000, "more than one chunk of the service"
        for asked, first, end in (
            ("bytes=0-99", 0, 100),
            (f"bytes=262100-{262200}", 262_100, 262_201),
            ("bytes=-44", size - 44, size),
            (f"bytes={size - 1}-", size - 1, size),
        ):
            part = await client.get(path, headers={"range": asked})
            assert part.status_code == 206
            assert part.content == whole.content[first:end], asked
            assert part.headers["content-range"] == f"bytes {first}-{end - 1}/{size}"
        beyond = await client.get(path, headers={"range": f"bytes={size}-"})
        assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")


async def test_another_name_for_this_address_gets_nothing(house: House) -> None:
    async with visitor(house) as client:
        answer = await client.get("/sign-in", headers={"host": "evil.example"})
    assert answer.status_code == 421


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"x=" + b"a" * 70_000, "application/x-www-form-urlencoded"),
        (
            b"&".join(b"a%d=1" % number for number in range(200)),
            "application/x-www-form-urlencoded",
        ),
        (b"on=yes&on=no", "application/x-www-form-urlencoded"),
        (b"on=%ff%fe", "application/x-www-form-urlencoded"),
        (b"\xff\xfe", "application/x-www-form-urlencoded"),
        (b'{"on": "yes"}', "application/json"),
        (b"on=yes", "text/plain"),
    ],
)
async def test_what_is_no_small_form_is_refused(
    house: House, content: bytes, media_type: str
) -> None:
    me = await house.resident()
    async with visitor(house, me) as client:
        token = await token_on(client, "/my-voice")
        answer = await client.post(
            "/my-voice/choices/keep-history",
            content=content,
            headers={"content-type": media_type, "x-form-token": token},
        )
    assert answer.status_code == 400
    assert (await house.loop.rights.settings(me.account)).epoch == 0


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("/my-voice/choices/keep-history", {"on": "perhaps"}, 400),
        ("/my-voice/choices/epoch", {"on": "yes"}, 404),
        ("/my-voice/retention", {"days": "541"}, 400),
        ("/my-voice/retention", {"days": "-1"}, 400),
        ("/my-voice/pause", {"seconds": "999999999"}, 400),
        ("/my-voice/history", {"since": "yesterday"}, 400),
        ("/my-voice/history", {"until": "9999-12-31"}, 200),
        ("/my-voice/history", {"page_token": "made up"}, 400),
        ("/my-voice/delete", {"what": "others"}, 400),
        ("/my-voice/delete", {"what": "range", "since": "2026-02-02", "until": "2026-02-01"}, 422),
        ("/my-voice/devices/unknown_1/removal", {}, 404),
        ("/my-voice/account/deletion", {"phrase": ""}, 422),
    ],
)
async def test_a_form_that_no_page_sends_changes_nothing(
    house: House, path: str, fields: dict[str, Any], status: int
) -> None:
    me = await house.resident()
    async with visitor(house, me) as client:
        answer = await post(client, path, **fields)
    assert answer.status_code == status
    assert (await house.loop.rights.settings(me.account)).epoch == 0


async def test_a_server_that_is_away_is_said_so(house: House) -> None:
    me = await house.resident()
    async with pages_of("127.0.0.1:9") as url, visitor(house, url=url) as client:
        answer = await post(client, "/sign-in/key", "/sign-in", key=me.token)
    assert answer.status_code == 503
    assert "We cannot be reached right now" in answer.text


async def test_with_tls_cookies_are_bound_to_this_host_and_to_tls(
    house: House, tmp_path: Path
) -> None:
    certificate, key = self_signed(tmp_path)
    options = ("--tls-certificate", str(certificate), "--tls-key", str(key))
    trust = ssl.create_default_context(cafile=str(certificate))
    me = await house.resident()
    async with (
        pages_of(house.server, *options) as url,
        visitor(house, me, url=url, verify=trust) as client,
    ):
        assert url.startswith("https://")
        answer = await client.get("/my-voice")
        assert answer.status_code == 200
        assert "max-age" in answer.headers["strict-transport-security"]
        (cookie,) = [one for one in client.cookies.jar if one.name.endswith("earmark-account")]
    assert cookie.name.startswith("__Host-")
    assert cookie.secure
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.get_nonstandard_attr("SameSite", "").lower() == "lax"
    assert cookie.expires is None


def self_signed(directory: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(tz=datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    paths = directory / "certificate.pem", directory / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths
