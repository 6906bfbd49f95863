"""The device of docs/connect-a-device.md, copied out and run as a stranger would."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import wave
from pathlib import Path

import grpc

from assistant.v1 import devices_pb2
from tests.fixtures.server import ServerProcess, new_party, spoken

PAGE = Path(__file__).resolve().parents[2] / "docs" / "connect-a-device.md"


async def test_the_device_of_the_page_asks_and_gets_an_answer_in_text_and_speech(
    server: ServerProcess, tmp_path: Path
) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    (tmp_path / "ask.py").write_text(code)
    with wave.open(str(tmp_path / "request.wav"), "wb") as sound:
        sound.setparams((1, 2, 16_000, 0, "NONE", ""))
        sound.writeframes(spoken("what time is it"))
    async with grpc.aio.insecure_channel(server.address) as channel:
        party = await new_party(server, channel)
        pairing = await party.devices.CreatePairingCode(
            devices_pb2.CreatePairingCodeRequest(), **party.as_holder
        )
    done = await asyncio.to_thread(
        subprocess.run,
        (sys.executable, "ask.py", server.address, pairing.code, "request.wav", "answer.wav"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "what time is it" in done.stdout
    assert "ask_time" in done.stdout
    with wave.open(str(tmp_path / "answer.wav")) as answer:
        assert answer.getnframes() > answer.getframerate() / 2
