"""Writes the Python stubs of proto/ beside their packages, or checks that they are current."""

from __future__ import annotations

import argparse
import filecmp
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc

ROOT = Path(__file__).resolve().parent.parent


def generate(destination: Path) -> list[Path]:
    """Writes all stubs below `destination` and returns their paths relative to it."""
    protos = sorted((ROOT / "proto").rglob("*.proto"))
    well_known = str(files("grpc_tools") / "_proto")
    out = str(destination)
    arguments = [
        "protoc",
        f"-I{ROOT / 'proto'}",
        f"-I{well_known}",
        f"--python_out={out}",
        f"--pyi_out={out}",
        f"--grpc_python_out={out}",
    ]
    if protoc.main([*arguments, *map(str, protos)]) != 0:
        sys.exit("protoc failed")
    return sorted(
        path.relative_to(destination)
        for package in ("assistant", "training_loop")
        for path in (destination / package / "v1").glob("*_pb2*.py*")
        if path.suffix in {".py", ".pyi"}
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail if a stub is out of date")
    if not parser.parse_args().check:
        for path in generate(ROOT):
            print(path)
        return
    with tempfile.TemporaryDirectory() as scratch:
        stale = [
            path
            for path in generate(Path(scratch))
            if not (ROOT / path).exists()
            or not filecmp.cmp(Path(scratch) / path, ROOT / path, shallow=False)
        ]
    if stale:
        sys.exit("out of date, run `make stubs`: " + ", ".join(map(str, stale)))
    print("stubs are current")


if __name__ == "__main__":
    main()
