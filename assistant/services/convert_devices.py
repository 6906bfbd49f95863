"""Between the messages of the Devices service and the values of the register."""

from __future__ import annotations

from google.protobuf.duration_pb2 import Duration

from assistant.accounts.devices import CODE_VALID_S, Device, PairedDevice
from assistant.accounts.pairing_code import PairingCode
from assistant.services.convert import directive
from assistant.services.directives import DueEntry
from assistant.v1 import devices_pb2, directive_pb2
from training_loop.services.fields import timestamp


def code_message(code: PairingCode) -> devices_pb2.CreatePairingCodeResponse:
    return devices_pb2.CreatePairingCodeResponse(
        code=code.shown(), valid_for=Duration(seconds=CODE_VALID_S)
    )


def paired_message(paired: PairedDevice) -> devices_pb2.PairDeviceResponse:
    return devices_pb2.PairDeviceResponse(device=paired.device, device_token=paired.token)


def list_message(devices: tuple[Device, ...]) -> devices_pb2.ListDevicesResponse:
    return devices_pb2.ListDevicesResponse(
        devices=[
            devices_pb2.Device(
                device=device.device,
                display_name=device.display_name,
                create_time=timestamp(device.created_at_s),
            )
            for device in devices
        ]
    )


def directive_message(entry: DueEntry) -> directive_pb2.Directive:
    return directive(entry.entry_id, entry.ring)
