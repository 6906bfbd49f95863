"""The devices that speak for an account. The one place that needs the assistant's own contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from assistant.v1 import devices_pb2, devices_pb2_grpc
from training_loop.web.my_voice.times import moment
from training_loop.web.visit import Visit


async def device_names(visit: Visit) -> Mapping[str, str]:
    """What the holder calls each device, by its id."""
    return {one.device: one.display_name for one in (await _list(visit)).devices}


async def show(visit: Visit) -> Response:
    return await _page(visit, code="", minutes=0)


async def new_code(visit: Visit) -> Response:
    """The code is shown once, on the answer to this form."""
    made = await visit.call(
        _devices(visit).CreatePairingCode, devices_pb2.CreatePairingCodeRequest()
    )
    return await _page(visit, code=made.code, minutes=made.valid_for.seconds // 60)


async def unpair(visit: Visit) -> Response:
    await visit.call(
        _devices(visit).UnpairDevice, devices_pb2.UnpairDeviceRequest(device=visit.path("device"))
    )
    return visit.to("/my-voice/devices", "unpaired")


async def _page(visit: Visit, *, code: str, minutes: int) -> Response:
    listed = await _list(visit)
    return visit.page(
        "devices.html",
        devices=[
            {
                "id": one.device,
                "name": one.display_name,
                "since": moment(one.create_time, visit.zone),
            }
            for one in listed.devices
        ],
        code=code,
        minutes=minutes,
    )


def _devices(visit: Visit) -> Any:
    return visit.stub(devices_pb2_grpc.DevicesStub)


async def _list(visit: Visit) -> devices_pb2.ListDevicesResponse:
    found: devices_pb2.ListDevicesResponse = await visit.call(
        _devices(visit).ListDevices, devices_pb2.ListDevicesRequest()
    )
    return found
