"""The command `training-loop`: review, learn, release, roll back."""

from __future__ import annotations

import typer

from training_loop.commands import (
    audit,
    auditor,
    backup,
    dataset,
    dataset_exports,
    erasure,
    keys,
    lap,
    models,
    prepare,
    queue,
    receipt,
    release,
    retrain,
    review,
    sign_in,
    staff,
)
from training_loop.commands.override import override_gate
from training_loop.commands.sweep import sweep
from training_loop.commands.web import web

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    rich_markup_mode="markdown",
    help="Learn from what people allowed to be learned from.\n\n"
    "One lap: `training-loop queue statistics` shows what waits, people review a sample of it "
    "(`training-loop review` says how that goes), `training-loop lap` trains, judges, releases "
    "and reports, `training-loop rollback nlu` undoes that. The assistant must be running.",
)
app.add_typer(queue.app, name="queue")
app.add_typer(prepare.app, name="prepare")
app.add_typer(review.app, name="review")
dataset.app.command("export")(dataset_exports.export)
dataset.app.command("tombstones")(dataset_exports.tombstones)
dataset.app.command("recipient-token")(dataset_exports.recipient_token)
app.add_typer(dataset.app, name="dataset")
app.command("lap")(lap.lap)
app.command("schedule")(lap.schedule)
app.command("retrain")(retrain.retrain)
app.command("sweep")(sweep)
models.app.command("release")(release.release_model)
app.add_typer(release.rollback_app, name="rollback")
models.app.command("override")(override_gate)
app.add_typer(models.app, name="models")
app.add_typer(audit.app, name="audit")
app.add_typer(receipt.app, name="receipt")
app.add_typer(erasure.app, name="erasure")
app.add_typer(backup.app, name="backup")
app.add_typer(keys.app, name="keys")
app.add_typer(auditor.app, name="auditor")
app.add_typer(staff.app, name="staff")
app.add_typer(sign_in.app, name="sign-in")
app.command()(web)


if __name__ == "__main__":
    app()
