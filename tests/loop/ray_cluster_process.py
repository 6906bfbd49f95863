"""A Ray cluster of two nodes with a processor each: `python -m tests.loop.ray_cluster_process`.

Prints its address and where it writes, and goes on until its standard input ends. Ray runs in this
process alone, so that tests stay free of it.
"""

from __future__ import annotations

import os
import socket
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

NODE_WITHIN_S = 120.0
_LOOK_EVERY_S = 0.2
_AGENTS = ("metrics_agent_port", "runtime_env_agent_port", "dashboard_agent_listen_port")


def _wait_for_nodes() -> None:
    """Ray gives a node half a minute to be there, whatever else the machine does, and has no
    setting for it."""
    from ray._private import services

    asked: Any = services.get_node

    def patiently(*about: Any) -> Any:
        until = time.monotonic() + NODE_WITHIN_S
        while True:
            try:
                return asked(*about)
            except RuntimeError:
                if time.monotonic() > until:
                    raise
                time.sleep(_LOOK_EVERY_S)

    services.get_node = patiently


def _agents() -> dict[str, int]:
    """Ports for a node's agents: where it is not told them, it ends when an agent has not told its
    own within a few seconds."""
    with ExitStack() as held:
        free = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in _AGENTS]
        return {name: one.getsockname()[1] for name, one in zip(_AGENTS, free, strict=True)}


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="ray") as session:
        (Path(session) / "ray").mkdir()
        os.environ["RAY_TMPDIR"] = session  # before Ray looks where it may write
        from ray.cluster_utils import Cluster

        _wait_for_nodes()
        cluster: Any = Cluster(
            initialize_head=True,
            head_node_args={
                "num_cpus": 1,
                "include_dashboard": False,
                "include_log_monitor": False,
                "no_monitor": True,
                **_agents(),
            },
        )
        cluster.add_node(num_cpus=1, **_agents())
        print(cluster.address, session, flush=True)
        sys.stdin.read()
        cluster.shutdown()


if __name__ == "__main__":
    main()
