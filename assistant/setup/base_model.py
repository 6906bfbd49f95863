"""The NLU model that set-up trains from the project's own examples."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from assistant.home import Home
from assistant.setup import fingerprint
from assistant.setup.environment import LOCK, rasa_command
from assistant.setup.errors import SetupFailed

NLU_PROJECT = Path(__file__).resolve().parent.parent / "nlu" / "project"
"""domain.yml, config.yml, nlu/ (training examples) and test/ (held out)."""
_COMPONENTS = NLU_PROJECT.parent / "lean"
_TRAINING_TIMEOUT_S = 900.0
_COLOUR = re.compile(r"\x1b\[\d*m")


def base_model_is_current(home: Home, project: Path = NLU_PROJECT) -> bool:
    """Whether the model belongs to the project as it is now and is undamaged."""
    model = home.base_nlu_model
    return model.exists() and fingerprint.read(_stamp(home)) == _wanted(
        project, fingerprint.of_file(model)
    )


def train_base_model(home: Home, project: Path = NLU_PROJECT) -> None:
    """Trains the project into `home.base_nlu_model`. Raises SetupFailed.

    The model in place stays until the new one is complete.
    """
    model = home.base_nlu_model
    model.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=model.parent, prefix=".training-") as scratch:
        train_nlu(rasa_command(home), project, Path(scratch) / model.name)
        trained = Path(scratch) / model.name
        _stamp(home).unlink(missing_ok=True)
        stamp = _wanted(project, fingerprint.of_file(trained))
        trained.replace(model)
    fingerprint.write(_stamp(home), stamp)


def train_nlu(command: str, project: Path, model: Path) -> None:
    """Trains a project's NLU into the archive `model`; the same input gives the same weights."""
    done = subprocess.run(
        [
            *(command, "train", "nlu"),
            *("--config", str(project / "config.yml")),
            *("--domain", str(project / "domain.yml")),
            *("--nlu", str(project / "nlu")),
            *("--out", str(model.parent)),
            *("--fixed-model-name", model.name.removesuffix(".tar.gz")),
        ],
        capture_output=True,
        text=True,
        timeout=_TRAINING_TIMEOUT_S,
        check=False,
        cwd=model.parent,
    )
    if done.returncode != 0 or not model.exists():
        # Rasa says on standard output why it skips training, and warns on standard error.
        said = (done.stderr if done.returncode else done.stdout).strip() or "no message"
        last = _COLOUR.sub("", said.splitlines()[-1])
        raise SetupFailed(f"the NLU model could not be trained: {last}")


def remove_leftovers(home: Home) -> None:
    """Removes what an interrupted training left."""
    for scratch in home.base_nlu_model.parent.glob(".training-*"):
        shutil.rmtree(scratch)


def _stamp(home: Home) -> Path:
    return home.base_nlu_model.with_name("base.fingerprint")


def _wanted(project: Path, archive: str) -> str:
    examples = (project / "nlu").rglob("*.yml")
    sources = [project / "domain.yml", project / "config.yml", *examples]
    components = fingerprint.of_tree(_COMPONENTS, _COMPONENTS.glob("*.py"))
    return fingerprint.of_tree(project, sources, components, fingerprint.of_file(LOCK), archive)
