"""A Ray cluster of two nodes with a processor each: `python -m tests.loop.ray_cluster_process`.

Prints its address and where it writes, and goes on until its standard input ends. Ray runs in this
process alone, so that tests stay free of it.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="ray") as session:
        (Path(session) / "ray").mkdir()
        os.environ["RAY_TMPDIR"] = session  # before Ray looks where it may write
        from ray.cluster_utils import Cluster

        cluster: Any = Cluster(
            initialize_head=True,
            head_node_args={"num_cpus": 1, "include_dashboard": False, "no_monitor": True},
        )
        cluster.add_node(num_cpus=1)
        print(cluster.address, session, flush=True)
        sys.stdin.read()
        cluster.shutdown()


if __name__ == "__main__":
    main()
