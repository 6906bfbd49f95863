"""The command `device-sim`."""

from __future__ import annotations

import json
from contextlib import aclosing
from pathlib import Path
from typing import Annotated

import typer
from rich.live import Live

from device_sim import cli_options as cli
from device_sim import cli_speak, credentials
from device_sim.connection import open_channel
from device_sim.device import pair
from device_sim.directives import DirectiveWatch
from device_sim.fleet import Fleet, FleetPlan, enrol
from device_sim.fleet_view import watched
from device_sim.household import Household
from device_sim.microphone import Pace
from device_sim.scenario import read
from device_sim.utterances import REQUESTS, spoken
from device_sim.voice import VOICES, Speaker

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    rich_markup_mode="markdown",
    help="Simulated and real voice devices.\n\n"
    "Pair once, then speak:\n\n"
    "- `device-sim pair CODE --server 127.0.0.1:50051`\n"
    '- `device-sim say "what time is it"`\n'
    "- `device-sim file recording.wav --push-to-talk`\n"
    "- `device-sim mic --loudspeaker`",
)
app.command()(cli_speak.say)
app.command()(cli_speak.file)
app.command()(cli_speak.mic)

LOCAL_SERVER = "127.0.0.1:50051"


@app.command("pair")
def pair_command(
    code: Annotated[str, typer.Argument(help="The code that the account holder was shown.")],
    server: cli.Server = LOCAL_SERVER,
    name: Annotated[str, typer.Option(help="How the account holder's list calls it.")] = "kitchen",
    ca: cli.Ca = None,
    plaintext: cli.Plaintext = False,
    *,
    credentials_file: cli.CredentialsFile,
) -> None:
    """Turn a pairing code into this device's credential, kept in a file for you alone.

    Example: device-sim pair CODE --server 127.0.0.1:50051 --name kitchen
    """

    async def work() -> None:
        async with open_channel(server, ca=ca, plaintext=plaintext) as channel:
            paired = await pair(
                channel,
                code,
                name,
                server=server,
                ca=str(ca.absolute()) if ca else "",
                plaintext=plaintext,
            )
        credentials.save(credentials_file, paired)
        cli.screen.say('Paired. Next: device-sim say "what time is it"')

    cli.run(work())


@app.command()
def voices() -> None:
    """List the voices that simulated people speak with."""
    cli.screen.voices()


@app.command()
def watch(*, credentials_file: cli.CredentialsFile) -> None:
    """Show timers, alarms and reminders as they become due, until Ctrl-C."""

    async def work() -> None:
        paired = credentials.load(credentials_file)
        ca = Path(paired.ca) if paired.ca else None
        async with open_channel(paired.server, ca=ca, plaintext=paired.plaintext) as channel:
            directives = DirectiveWatch(channel, paired.device_token).directives()
            async with aclosing(directives):
                async for note in directives:
                    cli.screen.directive(note)

    cli.run(work())


@app.command()
def household(
    scenario: Annotated[Path, typer.Argument(help="YAML with people and lines.")],
    operator_token: cli.OperatorToken,
    consent_text: Annotated[
        str, typer.Option(help="Version of the explanation that the people were shown.")
    ],
    server: cli.Server = LOCAL_SERVER,
    ca: cli.Ca = None,
    plaintext: cli.Plaintext = False,
    real_time: cli.RealTime = False,
) -> None:
    """Let people with accounts and choices of their own speak, line by line.

    Example: device-sim household evening.yaml --operator-token state/operator.token
    --consent-text 2026-11
    """

    async def work() -> None:
        written = read(scenario)
        token = cli.read_operator_token(operator_token)
        async with open_channel(server, ca=ca, plaintext=plaintext) as channel:
            home = await Household.move_in(
                channel,
                token,
                written.people,
                consent_text_version=consent_text,
                pace=Pace.REAL_TIME if real_time else Pace.AS_FAST,
                watch=cli.screen.event,
            )
            async with aclosing(home.run(written.lines)) as spoken_lines:
                async for spoken_line in spoken_lines:
                    cli.screen.spoken(spoken_line)

    cli.run(work())


@app.command()
def fleet(
    operator_token: cli.OperatorToken,
    devices: Annotated[int, typer.Option(min=1, max=2000)] = 8,
    rate: Annotated[
        float, typer.Option(min=0, help="Requests a second; 0: each device without a break.")
    ] = 2.0,
    duration: Annotated[float, typer.Option(min=1, max=86400, help="Seconds.")] = 30.0,
    silent: Annotated[
        int, typer.Option(min=0, max=5000, help="Open streams that say nothing.")
    ] = 0,
    as_fast: Annotated[bool, typer.Option(help="Send sound faster than it is spoken.")] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the figures to this file.")
    ] = None,
    server: cli.Server = LOCAL_SERVER,
    ca: cli.Ca = None,
    plaintext: cli.Plaintext = False,
) -> None:
    """Many devices at once, with a live table. Creates accounts for them on the server.

    Example: device-sim fleet --devices 50 --rate 10 --duration 60 --silent 100
    --operator-token state/operator.token
    """
    plan = FleetPlan(
        devices=devices,
        duration_s=duration,
        rate_per_s=rate or None,
        real_time=not as_fast,
        silent_streams=silent,
    )

    async def work() -> None:
        token = cli.read_operator_token(operator_token)
        said = spoken(REQUESTS, VOICES[:4], Speaker())
        async with open_channel(server, ca=ca, plaintext=plaintext) as channel:
            tokens = await enrol(channel, token, plan.credentials)
            running = Fleet(channel, tokens, said, plan)
            with Live(console=cli.screen.console, refresh_per_second=4) as live:
                figures = await watched(running, live)
        if json_file is not None:
            json_file.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")

    cli.run(work())
