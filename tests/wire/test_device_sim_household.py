"""Households, fleets and the command, over a real channel to a scripted assistant."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest
from google.rpc import code_pb2
from typer.testing import CliRunner

from device_sim import credentials, scenario
from device_sim.acoustics import Acoustics, Noise
from device_sim.cli import app
from device_sim.fleet import Fleet, FleetPlan, enrol
from device_sim.household import MAX_ATTEMPTS, Household
from device_sim.pcm import BYTES_PER_MS
from device_sim.scenario import Line, Person, PrivacyChoices
from device_sim.utterances import spoken
from device_sim.voice import Speaker, voice_named
from tests.fixtures.device_sim import ScriptedServer, report, said, stop

ADA = Person(name="Ada", voice="henry", privacy=PrivacyChoices(improve_models=True))
BEN = Person(name="Ben", voice="milo", child=True, time_zone="Europe/Berlin", device="bedroom")


async def test_a_household_moves_in_with_accounts_devices_and_choices(
    scripted_server: ScriptedServer,
) -> None:
    home = await Household.move_in(
        scripted_server.channel, "operator", [ADA, BEN], consent_text_version="v1"
    )
    assert [(a.child, a.time_zone) for a in scripted_server.accounts.created] == [
        (False, ""),
        (True, "Europe/Berlin"),
    ]
    assert scripted_server.devices.paired == ["kitchen", "bedroom"]
    ((token, update),) = scripted_server.accounts.updates
    assert token == home.members["Ada"].account.token
    assert update.settings.improve_models
    assert not update.settings.keep_history
    assert update.consent_text_version == "v1"
    assert "human_review" in update.update_mask.paths
    assert token not in repr(home.members["Ada"])


async def test_lines_are_said_in_order_with_what_was_meant(
    scripted_server: ScriptedServer,
) -> None:
    scripted_server.assistant.answers = [
        [stop(), said("For how long?", expect_speech=True), report()],
        [stop(), said("Ten minutes."), report()],
        [report()],
    ]
    home = await Household.move_in(
        scripted_server.channel, "operator", [ADA], consent_text_version="v1"
    )
    lines = [
        Line(person="Ada", says="set a timer", intent="set_timer", replies=("ten minutes",)),
        Line(person="Ada", says="good night", push_to_talk=True, guest=True, no_training=True),
    ]
    heard = [one async for one in home.run(lines)]
    assert [(one.said, one.intent) for one in heard] == [
        ("set a timer", "set_timer"),
        ("ten minutes", ""),
        ("good night", ""),
    ]
    assert all(one.turn is not None and one.failure is None for one in heard)
    starts = [stream.start for stream in scripted_server.assistant.streams]
    assert [start.HasField("wake_word") for start in starts] == [True, False, False]
    assert [(start.guest, start.no_training) for start in starts][-1] == (True, True)


async def test_a_person_says_it_again_when_the_device_does_not_wake(
    scripted_server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = await Household.move_in(
        scripted_server.channel, "operator", [ADA], consent_text_version="v1"
    )
    deaf = Acoustics(noise=Noise.WHITE, snr_db=-20.0)
    monkeypatch.setattr(scenario, "MICROPHONES", {"good": deaf})
    (missed,) = [one async for one in home.say(Line(person="Ada", says="stop"))]
    assert missed.failure is not None
    assert missed.failure.code == "NOT_WOKEN"
    assert missed.attempt == MAX_ATTEMPTS
    assert scripted_server.assistant.streams == []


async def test_a_refused_line_is_reported_and_the_next_one_is_said(
    scripted_server: ScriptedServer,
) -> None:
    home = await Household.move_in(
        scripted_server.channel, "operator", [ADA], consent_text_version="v1"
    )
    line = Line(person="Ada", says="tell me a joke", push_to_talk=True)
    scripted_server.assistant.refuse_with = (code_pb2.UNAVAILABLE, "STORE_UNAVAILABLE", "Wait.")
    (refused,) = [one async for one in home.say(line)]
    assert refused.failure is not None
    assert refused.failure.code == "STORE_UNAVAILABLE"
    scripted_server.assistant.refuse_with = None
    (answered,) = [one async for one in home.say(line)]
    assert answered.turn is not None


async def test_a_fleet_counts_answers_errors_and_silent_streams(
    scripted_server: ScriptedServer,
) -> None:
    tokens = await enrol(scripted_server.channel, "operator", 4)
    assert len(set(tokens)) == 4
    utterances = spoken(["what time is it"], [voice_named("nina")], Speaker())
    plan = FleetPlan(devices=3, duration_s=0.6, real_time=False, silent_streams=4)
    assert plan.credentials == 4
    fleet = Fleet(scripted_server.channel, tokens, utterances, plan)
    figures = await fleet.run()
    assert figures["silent_streams"] == 4
    assert figures["silent_streams_lost"] == 0
    assert figures["answered"] == figures["requests"]
    assert isinstance(figures["answered"], int)
    assert figures["answered"] >= 3
    assert figures["errors"] == {}
    sizes = {len(s.pcm) for s in scripted_server.assistant.streams if s.audio}
    assert sizes == {round(utterances[0].duration_s * 1000 * BYTES_PER_MS)}


async def test_a_fleet_at_a_rate_keeps_to_its_time_and_names_errors(
    scripted_server: ScriptedServer,
) -> None:
    scripted_server.assistant.refuse_with = (code_pb2.RESOURCE_EXHAUSTED, "TOO_MANY", "Wait.")
    utterances = spoken(["stop"], [voice_named("nina")], Speaker())
    plan = FleetPlan(devices=2, duration_s=0.5, rate_per_s=40.0, real_time=False)
    fleet = Fleet(scripted_server.channel, ["a", "b"], utterances, plan)
    figures = await asyncio.wait_for(fleet.run(), timeout=20)
    errors = figures["errors"]
    assert isinstance(errors, dict)
    assert sum(errors.values()) == figures["requests"]
    assert figures["answered"] == 0


async def device_sim(*arguments: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from device_sim.cli import app; app()",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


async def test_the_command_pairs_and_speaks(
    scripted_server: ScriptedServer, tmp_path: Path
) -> None:
    file = tmp_path / "device.json"
    options = ("--credentials", str(file))
    status, _ = await device_sim("pair", "GOOD-CODE", "--server", scripted_server.address, *options)
    assert status == 0
    assert credentials.load(file).device_token == "token-1"
    scripted_server.assistant.answers = [[said("Noon [bold]sharp[/]."), report()]]
    status, output = await device_sim("say", "what time is it", "--push-to-talk", *options)
    assert status == 0
    assert "Noon [bold]sharp[/]." in output
    assert "token-1" not in output


async def test_the_command_explains_a_refusal_and_fails(
    scripted_server: ScriptedServer, tmp_path: Path
) -> None:
    status, output = await device_sim(
        "pair", "BAD", "--server", scripted_server.address, "--credentials", str(tmp_path / "c")
    )
    assert status == 1
    assert "PAIRING_CODE_REFUSED" in output
    assert "Ask for a new code." in output
    assert not (tmp_path / "c").exists()


async def test_the_fleet_command_writes_its_figures(
    scripted_server: ScriptedServer, tmp_path: Path
) -> None:
    token, figures = tmp_path / "operator.token", tmp_path / "figures.json"
    token.write_text("operator\n")
    status, output = await device_sim(
        *("fleet", "--operator-token", str(token), "--server", scripted_server.address),
        *("--devices", "2", "--rate", "0", "--duration", "1", "--as-fast"),
        *("--json", str(figures)),
    )
    assert status == 0, output
    assert json.loads(figures.read_text())["answered"] > 0


@pytest.mark.parametrize("command", ["pair", "say", "file", "mic", "household", "fleet"])
def test_every_command_teaches_by_example(command: str) -> None:
    shown = CliRunner().invoke(app, [command, "--help"])
    assert shown.exit_code == 0
    assert "Example: device-sim" in shown.output
