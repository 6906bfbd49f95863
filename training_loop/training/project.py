"""The Rasa project whose data every model starts from."""

from __future__ import annotations

import hashlib
import importlib.util
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from training_loop.errors import TrainingLoopError

PROJECT_VARIABLE = "EARMARK_NLU_PROJECT"


class ProjectMissing(TrainingLoopError):
    code = "NLU_PROJECT_MISSING"
    hint = f"Name the folder with config.yml, domain.yml, nlu/ and test/ in {PROJECT_VARIABLE}."


@dataclass(frozen=True, slots=True, kw_only=True)
class NluProject:
    """A folder with `config.yml`, `domain.yml`, `nlu/*.yml` and the held-out `test/*.yml`."""

    root: Path

    @staticmethod
    def at(root: Path) -> NluProject:
        """Raises ProjectMissing when a part of the project is not there."""
        project = NluProject(root=root.expanduser().absolute())
        wanted = (project.config, project.domain, project.examples, project.hold_out)
        for path in wanted:
            if not path.exists():
                raise ProjectMissing(f"The NLU project has no {path.name}.")
        return project

    @staticmethod
    def locate(environment: Mapping[str, str] | None = None) -> NluProject:
        """The configured project, else the one that comes with the assistant."""
        environment = os.environ if environment is None else environment
        if configured := environment.get(PROJECT_VARIABLE):
            return NluProject.at(Path(configured))
        found = importlib.util.find_spec("assistant")
        if found is None or found.origin is None:
            raise ProjectMissing("No NLU project is configured and none is installed.")
        return NluProject.at(Path(found.origin).parent / "nlu" / "project")

    @property
    def config(self) -> Path:
        return self.root / "config.yml"

    @property
    def domain(self) -> Path:
        return self.root / "domain.yml"

    @property
    def examples(self) -> Path:
        return self.root / "nlu"

    @property
    def hold_out(self) -> Path:
        return self.root / "test"

    def base_fingerprint(self) -> str:
        """SHA-256 over domain and examples: what a model starts from."""
        return fingerprint((self.domain, *sorted(self.examples.rglob("*.yml"))))

    def config_fingerprint(self) -> str:
        return fingerprint((self.config,))

    def hold_out_fingerprint(self) -> str:
        return fingerprint(sorted(self.hold_out.rglob("*.yml")))

    def examples_by_intent(self) -> Counter[str]:
        """How many base examples each intent has."""
        counted: Counter[str] = Counter()
        for path in sorted(self.examples.rglob("*.yml")):
            content = yaml.load(path.read_text(), Loader=_LOADER) or {}  # noqa: S506
            for entry in content.get("nlu", ()):
                if "intent" in entry:
                    counted[entry["intent"]] += _count(entry.get("examples", ""))
        return counted


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def fingerprint(paths: Iterable[Path]) -> str:
    """SHA-256 over the names and contents of files, in the order given; hexadecimal."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(hashlib.sha256(path.name.encode()).digest())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _count(examples: str | list[object]) -> int:
    if isinstance(examples, list):
        return len(examples)
    return sum(line.lstrip().startswith("-") for line in examples.splitlines())
