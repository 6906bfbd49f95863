"""The Devices service: pairing, unpairing, and what is due on a device."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from google.protobuf.empty_pb2 import Empty

from assistant.accounts.attempts import Attempts, host_of
from assistant.accounts.devices import CODE_VALID_S, DeviceRegister
from assistant.accounts.errors import PairingRefused, TooManyAttempts
from assistant.services import convert_devices as convert
from assistant.services.directives import Directives
from assistant.services.guard import while_unharmed
from assistant.services.watch import WatchSlots, due_entries
from assistant.v1 import devices_pb2, devices_pb2_grpc, directive_pb2
from training_loop.access import Principal, principal
from training_loop.errors import EarmarkError, Unauthenticated
from training_loop.services.fields import InvalidField, identifier

WRONG_CODES_OF_A_PEER = 10
_LONGEST_DIRECTIVE_ID = 128

Context = Any


class DevicesService(devices_pb2_grpc.DevicesServicer):
    """`register` knows the devices, `directives` what is due on them.

    `wrong_codes_of_a_peer` within the validity of a code; raise it behind a proxy that hides its
    clients' addresses.
    """

    def __init__(
        self,
        register: DeviceRegister,
        directives: Directives,
        *,
        wrong_codes_of_a_peer: int = WRONG_CODES_OF_A_PEER,
    ) -> None:
        self._register = register
        self._directives = directives
        self._attempts = Attempts(limit=wrong_codes_of_a_peer, window_s=CODE_VALID_S)
        self._watches = WatchSlots()

    async def CreatePairingCode(  # noqa: N802
        self, request: devices_pb2.CreatePairingCodeRequest, context: Context
    ) -> devices_pb2.CreatePairingCodeResponse:
        return convert.code_message(await self._register.create_code(principal().account))

    async def PairDevice(  # noqa: N802
        self, request: devices_pb2.PairDeviceRequest, context: Context
    ) -> devices_pb2.PairDeviceResponse:
        peer = host_of(context.peer())
        if not self._attempts.take(peer, time.monotonic()):
            raise TooManyAttempts(wait_s=CODE_VALID_S)
        try:
            paired = await self._register.pair(request.code, request.display_name)
        except PairingRefused:
            raise
        except EarmarkError:
            self._attempts.give_back(peer)
            raise
        self._attempts.give_back(peer)
        return convert.paired_message(paired)

    async def ListDevices(  # noqa: N802
        self, request: devices_pb2.ListDevicesRequest, context: Context
    ) -> devices_pb2.ListDevicesResponse:
        return convert.list_message(await self._register.list(principal().account))

    async def UnpairDevice(  # noqa: N802
        self, request: devices_pb2.UnpairDeviceRequest, context: Context
    ) -> Empty:
        account, device = principal().account, identifier("device", request.device)
        try:
            await self._register.unpair(account, device)
        finally:  # a call that repeats one that broke off completes it
            await self._directives.forget_device(account, device)
        return Empty()

    async def WatchDirectives(  # noqa: N802
        self, request: devices_pb2.WatchDirectivesRequest, context: Context
    ) -> AsyncGenerator[directive_pb2.Directive]:
        caller = principal()
        with self._watches.taken(caller.device):
            await context.send_initial_metadata(())  # tells the device that it is connected
            revoked = asyncio.create_task(self._until_revoked(caller))
            entries = while_unharmed(due_entries(self._directives, caller), revoked)
            async with aclosing(entries):
                async for entry in entries:
                    yield convert.directive_message(entry)

    async def AcknowledgeDirective(  # noqa: N802
        self, request: devices_pb2.AcknowledgeDirectiveRequest, context: Context
    ) -> Empty:
        caller = principal()
        if not 1 <= len(request.id) <= _LONGEST_DIRECTIVE_ID:
            raise InvalidField("id", f"must be 1 to {_LONGEST_DIRECTIVE_ID} characters")
        await self._directives.acknowledge(caller.account, caller.device, request.id)
        return Empty()

    async def _until_revoked(self, caller: Principal) -> None:
        await self._register.revoked(caller)
        raise Unauthenticated("the device was unpaired")
