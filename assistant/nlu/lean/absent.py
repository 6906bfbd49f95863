"""Import stand-ins for the libraries that Rasa names at import time and our pipeline never uses.

Rasa 3.6 imports TensorFlow, chat SDKs, cloud SDKs and plotting in modules that an NLU pipeline
of linear models only passes through. Here those imports succeed, and every name in such a module
is a class that can be a base class, a decorator, a type hint or a call. A library that is really
installed is always preferred.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Collection, Sequence
from typing import Any

ABSENT = frozenset({
    # deep learning
    "keras",
    "tensorflow",
    "tensorflow_addons",
    "tensorflow_hub",
    "tensorflow_text",
    # chat channels
    "aiogram",
    "cachecontrol",
    "fbmessenger",
    "mattermostwrapper",
    "rocketchat_API",
    "slack_sdk",
    "socketio",
    "twilio",
    "webexteamssdk",
    # signed tokens, only for chat channels and the server's JWT option
    "jwt",
    "sanic_jwt",
    # brokers, stores and clouds
    "aio_pika",
    "aiormq",
    "boto3",
    "botocore",
    "confluent_kafka",
    "psycopg2",
    "pymongo",
    "redis",
    # reports to third parties, plots and model hubs
    "huggingface_hub",
    "matplotlib",
    "sentry_sdk",
    "structlog_sentry",
})  # fmt: skip
ABSENT_IN_GOOGLE = ("google.auth", "google.oauth2")
"""Not all of `google`: its protobuf must stay real."""
UNUSED_WHEN_SERVING = (
    "rasa.cli",
    "rasa.core.channels",
    "rasa.core.featurizers",
    "rasa.core.policies",
    "rasa.telemetry",
    "rasa.utils.endpoints",
    "rasa.utils.tensorflow.data_generator",
    "rasa.utils.tensorflow.model_data",
)
"""Parts of Rasa that the components name and parsing never reaches: dialogue, channels, training.

Standing in for them halves a worker's memory and the time it takes to start.
"""


class _AbsentType(type):
    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _AbsentType(name, (Absent,), {})

    def __getitem__(cls, _: object) -> Any:
        return cls

    def __or__(cls, _: object) -> Any:
        return cls

    __ror__ = __or__


class Absent(metaclass=_AbsentType):
    """Whatever an absent library would have given."""

    def __new__(cls, *args: Any, **options: Any) -> Any:
        decorated = _decorated(args, options)
        if decorated is not None and cls.__module__ == __name__:
            return decorated
        return super().__new__(cls)

    def __init__(self, *_: Any, **__: Any) -> None:
        """Takes any arguments."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent()

    def __call__(self, *args: Any, **options: Any) -> Any:
        return _decorated(args, options) or Absent()


def _decorated(args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """The function or class that `@absent` or `@absent(...)` was put on, else None."""
    return args[0] if len(args) == 1 and not options and callable(args[0]) else None


class _AbsentModule(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _AbsentType(name, (Absent,), {})


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds a stand-in for every module of the given packages."""

    def __init__(self, packages: Collection[str]) -> None:
        self._packages = frozenset(packages)
        self._below = tuple(f"{package}." for package in packages)

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: types.ModuleType | None = None,
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname in self._packages or fullname.startswith(self._below):
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _AbsentModule(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        module.__path__ = []
        # Rasa compares TensorFlow's version; this is the one it was released with.
        module.__dict__["__version__"] = "2.12.0"


def install() -> None:
    """Lets imports of absent libraries succeed in this process; real ones are preferred."""
    sys.meta_path.append(_Finder({*ABSENT, *ABSENT_IN_GOOGLE}))


def install_for_serving() -> None:
    """As `install`, and hides what only training and dialogue need even though it is there."""
    install()
    sys.meta_path.insert(0, _Finder(UNUSED_WHEN_SERVING))
