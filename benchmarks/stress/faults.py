"""What goes wrong while everybody works: one thing at a time, chosen at random."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Protocol

from benchmarks.stress.servers import NODE_TIMEOUT_MS, LocalCluster, ServerProcess, until

Fault = Callable[[], None]
_FAILOVER_WITHIN_S = 20.0


class Crew(Protocol):
    def kill_worker(self) -> None: ...

    def kill_service(self) -> None: ...


class Faults:
    """Makes the next fault when the one before has healed."""

    def __init__(self, faults: dict[str, Fault], chance: random.Random) -> None:
        self._faults = faults
        self._chance = chance
        self._left: list[str] = []
        self.made: Counter[str] = Counter()

    def next(self) -> None:
        if not self._left:  # each of them once, in another order each time
            self._left = self._chance.sample(sorted(self._faults), len(self._faults))
        name = self._left.pop()
        self._faults[name]()
        self.made[name] += 1


def of_one_server(server: ServerProcess, crew: Crew) -> dict[str, Fault]:
    def kill_store() -> None:
        server.kill()
        server.start()

    return {
        "worker killed": crew.kill_worker,
        "service killed": crew.kill_service,
        "store killed": kill_store,
    }


def of_cluster(cluster: LocalCluster, crew: Crew, chance: random.Random) -> dict[str, Fault]:
    def master() -> ServerProcess:
        cluster.until_whole()
        return chance.choice(cluster.masters())

    def kill_master() -> None:
        """Its replica takes over; later it comes back as a replica."""
        killed = master()
        killed.kill()
        until(lambda: replaced(cluster, killed), "a replica took over", _FAILOVER_WITHIN_S)
        killed.start()
        cluster.until_whole()

    def restart_master() -> None:
        """Back before anybody takes it for dead."""
        killed = master()
        killed.kill()
        killed.start()
        cluster.until_whole()

    def fail_over() -> None:
        old = master()
        cluster.replica_of(old).ask("CLUSTER", "FAILOVER")
        until(lambda: replaced(cluster, old), "the replica took over", _FAILOVER_WITHIN_S)
        cluster.until_whole()

    def freeze_master() -> None:
        """Stands still until it was replaced, then goes on as if nothing had been."""
        frozen = master()
        frozen.freeze()
        try:
            until(lambda: replaced(cluster, frozen), "a replica took over", _FAILOVER_WITHIN_S)
            time.sleep(chance.random() * NODE_TIMEOUT_MS / 1000)
        finally:
            frozen.thaw()
        cluster.until_whole()

    def freeze_briefly() -> None:
        frozen = master()
        frozen.freeze()
        time.sleep(chance.random() * NODE_TIMEOUT_MS / 2000)
        frozen.thaw()

    return {
        "worker killed": crew.kill_worker,
        "service killed": crew.kill_service,
        "master killed": kill_master,
        "master restarted": restart_master,
        "failover": fail_over,
        "master frozen": freeze_master,
        "master frozen briefly": freeze_briefly,
    }


def replaced(cluster: LocalCluster, master: ServerProcess) -> bool:
    """Whether the other servers have another master in its place."""
    others = tuple(server for server in cluster.servers if server is not master)
    masters = LocalCluster(servers=others).master_addresses()
    return master.address not in masters and len(masters) == len(cluster.servers) // 2
