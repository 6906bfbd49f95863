"""The three switches, how long history is kept, pauses, and what was agreed to."""

from __future__ import annotations

import secrets
from typing import Any, NamedTuple

from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from starlette.responses import Response

from training_loop.v1 import privacy_pb2, privacy_pb2_grpc
from training_loop.web.failures import NOT_FOUND
from training_loop.web.forms import FormRefused
from training_loop.web.guard import failed
from training_loop.web.my_voice.times import moment
from training_loop.web.my_voice.words import (
    EXPLANATION_VERSION,
    PAUSES,
    RETENTION,
    SWITCH_NAMES,
    SWITCHES,
    SwitchText,
)
from training_loop.web.visit import Visit

_HERE = "/my-voice"
_AGREEMENTS_SHOWN = 200


class Switch(NamedTuple):
    """A switch as it stands now."""

    text: SwitchText
    on: bool
    asks_again: bool
    """It is on under an earlier explanation, and nothing new is kept until it is agreed to."""
    blocked: bool
    """It needs another one first."""


async def show(visit: Visit) -> Response:
    settings = await _settings(visit)
    paused = settings.HasField("learning_paused_until")
    return visit.page(
        "choices.html",
        settings=settings,
        switches=_switches(settings),
        outdated=settings.current_text_version != EXPLANATION_VERSION,
        paused_until=moment(settings.learning_paused_until, visit.zone) if paused else None,
        pauses=PAUSES,
        retention={**RETENTION, settings.retention_days: _days(settings.retention_days)},
    )


async def turn(visit: Visit) -> Response:
    """Turns one switch on or off. History that is turned off is gone, so that asks first."""
    name = visit.path("switch").replace("-", "_")
    if name not in SWITCH_NAMES:
        return failed(visit, NOT_FOUND)
    wanted = visit.form.get("on")
    if wanted not in ("yes", "no"):
        raise FormRefused("neither on nor off")
    on = wanted == "yes"
    if name == "keep_history" and not on and visit.form.get("sure") != "yes":
        return visit.to("/my-voice/choices/history-off")
    await _update(visit, {name: on}, shown=EXPLANATION_VERSION if on else "")
    return visit.to(_HERE, "changed" if on else "off")


async def confirm_history_off(visit: Visit) -> Response:
    if not (await _settings(visit)).keep_history:
        return visit.to(_HERE)
    return visit.page("history_off.html")


async def set_retention(visit: Visit) -> Response:
    days = visit.form.get("days", "")
    if not (days.isascii() and days.isdecimal() and len(days) <= 3):
        raise FormRefused("no number of days")
    await _update(visit, {"retention_days": int(days)})
    return visit.to(_HERE, "retention")


async def pause(visit: Visit) -> Response:
    seconds = visit.form.get("seconds", "")
    if seconds not in map(str, PAUSES):
        raise FormRefused("not one of the pauses")
    await visit.call(
        _privacy(visit).PauseLearning,
        privacy_pb2.PauseLearningRequest(
            duration=Duration(seconds=int(seconds)),
            request_id=secrets.token_hex(16),
            channel=privacy_pb2.CONSENT_CHANNEL_PAGE,
        ),
    )
    return visit.to(_HERE, "paused")


async def resume(visit: Visit) -> Response:
    await visit.call(
        _privacy(visit).ResumeLearning,
        privacy_pb2.ResumeLearningRequest(
            request_id=secrets.token_hex(16), channel=privacy_pb2.CONSENT_CHANNEL_PAGE
        ),
    )
    return visit.to(_HERE, "resumed")


async def agreements(visit: Visit) -> Response:
    """Every choice that was ever made, as it was recorded."""
    listed = await visit.call(
        _privacy(visit).ListConsents,
        privacy_pb2.ListConsentsRequest(page_size=_AGREEMENTS_SHOWN),
    )
    records = [
        {
            "at": moment(one.create_time, visit.zone),
            "choices": chosen(one),
            "version": one.text_version,
            "channel": one.channel,
        }
        for one in listed.consents
    ]
    return visit.page("agreements.html", records=records, more=bool(listed.next_page_token))


def chosen(record: privacy_pb2.ConsentRecord) -> list[str]:
    """What a choice was, in words."""
    said = [
        f"{text.title}: {'yes' if getattr(record, text.name) else 'no'}"
        for text in SWITCHES
        if record.HasField(text.name)
    ]
    if record.HasField("retention_days"):
        said.append(f"Keep history for {_days(record.retention_days)}")
    if record.HasField("pause"):
        minutes = record.pause.seconds // 60
        said.append(f"Pause learning for {minutes} minutes" if minutes else "End the pause")
    return said


def _switches(settings: privacy_pb2.PrivacySettings) -> list[Switch]:
    return [
        Switch(
            text=text,
            on=getattr(settings, text.name),
            asks_again=text.name in settings.needs_confirmation,
            blocked=text.name == "human_review" and not settings.improve_models,
        )
        for text in SWITCHES
    ]


def _days(days: int) -> str:
    return RETENTION.get(days, f"{days} days")


def _privacy(visit: Visit) -> Any:
    return visit.stub(privacy_pb2_grpc.PrivacyStub)


async def _settings(visit: Visit) -> privacy_pb2.PrivacySettings:
    found: privacy_pb2.PrivacySettings = await visit.call(
        _privacy(visit).GetPrivacySettings, privacy_pb2.GetPrivacySettingsRequest()
    )
    return found


async def _update(visit: Visit, changes: dict[str, Any], shown: str = "") -> None:
    await visit.call(
        _privacy(visit).UpdatePrivacySettings,
        privacy_pb2.UpdatePrivacySettingsRequest(
            settings=privacy_pb2.PrivacySettings(**changes),
            update_mask=FieldMask(paths=list(changes)),
            consent_text_version=shown,
            request_id=secrets.token_hex(16),
            channel=privacy_pb2.CONSENT_CHANNEL_PAGE,
        ),
    )
