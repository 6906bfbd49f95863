"""Scenarios as YAML, credentials as a file, connections as addresses."""

from __future__ import annotations

import random
import stat
from pathlib import Path

import pytest

from device_sim import credentials
from device_sim.backoff import Backoff
from device_sim.connection import PlaintextRefused, open_channel
from device_sim.credentials import Credentials
from device_sim.errors import CredentialsMissing, DeviceError, ScenarioInvalid
from device_sim.scenario import Line, Person, PrivacyChoices, parse, read

EVENING = """
people:
  - name: Ada
    voice: henry
    privacy: {keep_history: true, retention_days: 7}
  - {name: Ben, child: true}
lines:
  - person: Ada
    says: set a timer
    intent: set_timer
    replies: [ten minutes]
  - {person: Ben, says: hey over there, false_wake: true, microphone: bad}
"""


def test_a_scenario_becomes_values() -> None:
    scenario = parse(EVENING)
    ada, ben = scenario.people
    assert ada == Person(
        name="Ada", voice="henry", privacy=PrivacyChoices(keep_history=True, retention_days=7)
    )
    assert ben.privacy == PrivacyChoices()
    assert ben.child
    first, second = scenario.lines
    assert first == Line(
        person="Ada", says="set a timer", intent="set_timer", replies=("ten minutes",)
    )
    assert second.false_wake


def test_nobody_consents_by_default() -> None:
    assert PrivacyChoices() == PrivacyChoices(
        keep_history=False, improve_models=False, human_review=False
    )


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (("child: true", "child: maybe"), "people[1].child"),
        (("child: true", "chidl: true"), "people[1].chidl"),
        (("keep_history: true", "keep_history: 1"), "people[0].privacy.keep_history"),
        (("person: Ben", "person: Bob"), "lines[1].person"),
        (("microphone: bad", "microphone: worse"), "lines[1].microphone"),
        (("says: set a timer", "says: ''"), "lines[0].says"),
        (("[ten minutes]", "ten"), "lines[0].replies"),
        (("name: Ben", "name: Ada"), "same name"),
        (("lines:", "line:"), "'people' and 'lines'"),
        (("people:", "people: ]"), "YAML"),
    ],
)
def test_a_wrong_scenario_names_the_place(change: tuple[str, str], place: str) -> None:
    with pytest.raises(ScenarioInvalid) as caught:
        parse(EVENING.replace(*change, 1))
    assert place in str(caught.value)


def test_a_scenario_file_that_is_missing_is_an_expected_failure(tmp_path: Path) -> None:
    with pytest.raises(ScenarioInvalid):
        read(tmp_path / "none.yaml")


def test_credentials_are_readable_by_their_owner_alone_and_never_printed(tmp_path: Path) -> None:
    path = tmp_path / "earmark" / "device.json"
    paired = Credentials(server="127.0.0.1:1", device="d1", device_token="very-secret")
    for _ in range(2):
        credentials.save(path, paired)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert credentials.load(path) == paired
    assert "very-secret" not in repr(paired)
    assert [entry.name for entry in path.parent.iterdir()] == ["device.json"]


@pytest.mark.parametrize("content", [None, "", "[]", '{"server": "x"}'])
def test_unusable_credentials_say_how_to_pair(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "device.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(CredentialsMissing) as caught:
        credentials.load(path)
    assert "device-sim pair" in caught.value.hint


@pytest.mark.parametrize("server", ["example.org:443", "192.0.2.1:50051", "[2001:db8::1]:1"])
async def test_credentials_do_not_cross_a_network_in_the_clear(server: str) -> None:
    with pytest.raises(PlaintextRefused):
        open_channel(server)
    await open_channel(server, plaintext=True).close(None)


@pytest.mark.parametrize("server", ["127.0.0.1:1", "localhost:1", "[::1]:1", "unix:/run/x"])
async def test_this_machine_is_reached_without_tls(server: str) -> None:
    await open_channel(server).close(None)


def test_a_missing_certificate_authority_is_an_expected_failure(tmp_path: Path) -> None:
    with pytest.raises(DeviceError) as caught:
        open_channel("example.org:443", ca=tmp_path / "ca.pem")
    assert caught.value.code == "CA_UNREADABLE"


def test_waiting_grows_up_to_its_bound_and_differs_between_devices() -> None:
    backoff = Backoff(first_s=0.1, factor=2.0, longest_s=1.0)
    one, other = (backoff.delays(random.Random(seed)) for seed in (1, 2))
    first, second = [next(one) for _ in range(20)], [next(other) for _ in range(20)]
    assert first != second
    assert max(first) <= 1.0
    assert all(delay >= 0.01 for delay in first)
    assert max(first[10:]) > max(first[:2])
