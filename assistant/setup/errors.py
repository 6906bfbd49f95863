"""What can keep set-up from finishing."""

from __future__ import annotations

import grpc

from assistant.errors import AssistantError


class SetupFailed(AssistantError):
    """A step of set-up ended without its result; what was there before is untouched."""

    code = "SETUP_FAILED"
    status = grpc.StatusCode.FAILED_PRECONDITION
    hint = "Run `assistant setup` again; it continues where it stopped."


class PythonMissing(SetupFailed):
    """Rasa runs on Python 3.11 alone, and none was found or could be fetched."""

    code = "PYTHON_3_11_MISSING"
    hint = "Install Python 3.11, for example `apt install python3.11` or `pyenv install 3.11`."
