"""Store servers to be harmed: one alone, or a cluster of three masters with a replica each."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from training_loop.store import launch
from training_loop.store.binary import find_server

NODE_TIMEOUT_MS = 1000
"""After how long without an answer a cluster takes a server for dead."""
_WITHIN_S = 30.0
_BUS = 10_000
_SLOTS = 16_384
_SETTINGS = (
    *("--bind", "127.0.0.1", "--daemonize", "no", "--maxclients", "2000"),
    *("--appendonly", "yes", "--appendfsync", "always", "--no-appendfsync-on-rewrite", "no"),
    *("--save", "", "--maxmemory-policy", "noeviction", "--slowlog-log-slower-than", "-1"),
)
_CLUSTER_SETTINGS = (
    *("--cluster-enabled", "yes", "--cluster-node-timeout", str(NODE_TIMEOUT_MS)),
    *("--cluster-replica-validity-factor", "0", "--cluster-allow-replica-migration", "no"),
    *("--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1"),
)


@dataclass(slots=True, kw_only=True)
class ServerProcess:
    """One server on a loopback port; it ends with this process."""

    directory: Path
    port: int
    settings: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Returns when it answers, its data loaded."""
        self.directory.mkdir(parents=True, exist_ok=True)
        command = [
            *(sys.executable, "-I", "-S", launch.__file__, str(os.getpid()), str(find_server())),
            *("--port", str(self.port), "--dir", str(self.directory)),
            *_SETTINGS,
            *self.settings,
        ]
        with (self.directory / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        until(lambda: bool(self.ask("PING")), "a server answers")

    def kill(self) -> None:
        """As `kill -9` does it."""
        if self.process:
            self.process.kill()
            self.process.wait()

    def freeze(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGCONT)

    def ask(self, *command: str | int) -> Any:
        """The answer, or None when there is none in half a second."""
        with contextlib.suppress(RedisError, OSError), self._client() as client:
            return client.execute_command(*command)
        return None

    def _client(self) -> Redis:
        return Redis(
            port=self.port, socket_timeout=0.5, socket_connect_timeout=0.5, decode_responses=True
        )


@contextmanager
def single(directory: Path) -> Iterator[ServerProcess]:
    """One server that is not part of a cluster."""
    server = ServerProcess(directory=directory, port=free_ports(1)[0])
    try:
        server.start()
        yield server
    finally:
        server.kill()


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalCluster:
    """Six servers of one cluster on this machine."""

    servers: tuple[ServerProcess, ...]

    @property
    def url(self) -> str:
        return "redis+cluster://" + ",".join(server.address for server in self.servers)

    def masters(self) -> list[ServerProcess]:
        """Those that hold slots now, as the others see it."""
        addresses = self.master_addresses()
        return [server for server in self.servers if server.address in addresses]

    def replica_of(self, master: ServerProcess) -> ServerProcess:
        nodes = self._nodes()
        name = next(one for one, node in nodes.items() if node["address"] == master.address)
        address = next(node["address"] for node in nodes.values() if node["master"] == name)
        return next(server for server in self.servers if server.address == address)

    def until_whole(self) -> None:
        """Returns when every server is there, and each master has a replica that is in step."""
        until(self._whole, "the cluster is whole")

    def _whole(self) -> bool:
        states = [server.ask("CLUSTER", "INFO") or "" for server in self.servers]
        if any("cluster_state:ok" not in state for state in states):
            return False
        roles = [server.ask("ROLE") or [""] for server in self.servers]
        masters = [role for role in roles if role[0] == "master"]
        replicas = [role for role in roles if role[0] == "slave" and role[3] == "connected"]
        in_step = all(len(role[2]) == 1 for role in masters)
        return len(masters) == len(replicas) == len(self.servers) // 2 and in_step

    def master_addresses(self) -> frozenset[str]:
        """Of those that hold slots now and are not taken for dead."""
        return frozenset(
            node["address"]
            for node in self._nodes().values()
            if "master" in node["flags"] and "fail" not in node["flags"] and node["slots"]
        )

    def _nodes(self) -> dict[str, dict[str, Any]]:
        for server in self.servers:
            lines = server.ask("CLUSTER", "NODES")
            if lines:
                return _parsed(lines)
        raise RuntimeError("no server of the cluster answers")


@contextmanager
def cluster(directory: Path) -> Iterator[LocalCluster]:
    """A cluster of three masters with a replica each, ready to use."""
    servers = tuple(
        ServerProcess(directory=directory / str(port), port=port, settings=_CLUSTER_SETTINGS)
        for port in free_ports(6)
    )
    made = LocalCluster(servers=servers)
    try:
        for server in servers:
            server.start()
        _introduce(servers)
        made.until_whole()
        yield made
    finally:
        for server in servers:
            server.kill()
        shutil.rmtree(directory, ignore_errors=True)


def _introduce(servers: tuple[ServerProcess, ...]) -> None:
    masters, replicas = servers[: len(servers) // 2], servers[len(servers) // 2 :]
    share = -(-_SLOTS // len(masters))
    for number, server in enumerate(servers):
        server.ask("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
        for other in servers[:number]:
            server.ask("CLUSTER", "MEET", "127.0.0.1", other.port)
    for number, master in enumerate(masters):
        last = min(_SLOTS, (number + 1) * share) - 1
        master.ask("CLUSTER", "ADDSLOTSRANGE", number * share, last)
    for replica, master in zip(replicas, masters, strict=True):
        name = master.ask("CLUSTER", "MYID")
        until(partial(_follows, replica, name), "a replica follows its master")


def _follows(replica: ServerProcess, master: str) -> bool:
    return bool(replica.ask("CLUSTER", "REPLICATE", master) == "OK")


def until(holds: Callable[[], bool], what: str, within_s: float = _WITHIN_S) -> None:
    """Waits for other processes. Raises TimeoutError."""
    deadline = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited too long until {what}")
        time.sleep(0.02)


def free_ports(number: int) -> list[int]:
    """Ports that nobody uses, their cluster-bus ports neither."""
    taken: list[socket.socket] = []
    ports: list[int] = []
    try:
        while len(ports) < number:
            first = _bound(0)
            taken.append(first)
            port = first.getsockname()[1]
            if port + _BUS > 65_535:
                continue
            with contextlib.suppress(OSError):
                taken.append(_bound(port + _BUS))
                ports.append(port)
    finally:
        for one in taken:
            one.close()
    return ports


def _bound(port: int) -> socket.socket:
    found = socket.socket()
    try:
        found.bind(("127.0.0.1", port))
    except OSError:
        found.close()
        raise
    return found


def _parsed(lines: str) -> dict[str, dict[str, Any]]:
    nodes = {}
    for line in lines.splitlines():
        name, address, flags, master, *rest = line.split()
        nodes[name] = {
            "address": address.split("@")[0],
            "flags": flags.split(","),
            "master": master,
            "slots": rest[4:],
        }
    return nodes
