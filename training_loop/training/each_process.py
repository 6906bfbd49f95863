"""The child of `limited_items`: `python -m training_loop.training.each_process`.

On standard input comes a line of JSON with the work's name and its arguments, then items: the
length in bytes as a line, and the bytes. What goes back are JSON lines: `ready`, an `answer` for
each item, or `failed` as trainers' processes say it, and then it ends.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from typing import IO, Any

from training_loop.training.each_item import work_named
from training_loop.training.work import described, own_output


def answer_all(given: IO[bytes], send: Callable[[Any], None]) -> None:
    """Until there is no further item. Raises what the work raises."""
    order = json.loads(given.readline())
    one = work_named(order["work"])(order["arguments"])
    send({"ready": True})
    for item in _items(given):
        send({"answer": one(item)})


def _items(given: IO[bytes]) -> Iterator[bytes]:
    while length := given.readline():
        yield given.read(int(length))


def main() -> int:
    said = own_output()

    def send(event: Any) -> None:
        said.write(json.dumps(event) + "\n")
        said.flush()

    try:
        answer_all(sys.stdin.buffer, send)
    except Exception as failure:  # noqa: BLE001 - this is the border of the process
        send({"failed": described(failure)})
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
