"""The `rasa` command line in the lean environment: `python -m assistant.nlu.lean <arguments>`.

Tried: `train nlu`, `test nlu`, `data validate`, `data split nlu`, `run --enable-api`.
"""

from __future__ import annotations

import sys

from assistant.nlu.lean import absent, quiet

_DEBUG = {"--debug", "-vv"}


def main(arguments: list[str]) -> None:
    """Runs Rasa's command line.

    Refuses debug logging, which prints what people said, and options whose library is not
    installed and that would otherwise silently do nothing.
    """
    if _DEBUG & set(arguments):
        sys.exit("rasa-lean: debug logs would hold what people said; use -v at most")
    if any(argument.startswith("--jwt") for argument in arguments):
        sys.exit("rasa-lean: JWT is not installed here; use --auth-token")
    if arguments[:2] == ["test", "nlu"]:
        arguments = [*arguments, "--no-plot"]  # matplotlib is not installed
    quiet.settle()
    absent.install()
    from rasa import telemetry
    from rasa.__main__ import main as rasa

    # Even when switched off it writes an identity into the user's home.
    telemetry.initialize_telemetry = bool
    sys.argv = ["rasa", *arguments]
    rasa()


if __name__ == "__main__":
    main(sys.argv[1:])
