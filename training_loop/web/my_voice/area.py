"""The pages of account holders."""

from __future__ import annotations

from pathlib import Path

from training_loop.web.area import Area, NavigationEntry, get, post
from training_loop.web.my_voice import (
    account,
    choices,
    deleting,
    deletions,
    devices,
    history,
    learned,
    listens,
    one_utterance,
    published,
    recording,
)
from training_loop.web.sessions import Visitor
from training_loop.web.sign_in import ways

_UTTERANCE = "/my-voice/history/{utterance_id}"

MY_VOICE = Area(
    name="my_voice",
    visitor=Visitor.ACCOUNT_HOLDER,
    sign_in="/sign-in",
    templates=Path(__file__).parent / "templates",
    navigation=(
        NavigationEntry(
            label="Choices",
            path="/my-voice",
            icon="switch",
            also=("/my-voice/choices", "/my-voice/agreements"),
        ),
        NavigationEntry(
            label="History",
            path="/my-voice/history",
            icon="clock",
            also=("/my-voice/history/", "/my-voice/delete", "/deletions/"),
        ),
        NavigationEntry(label="Listeners", path="/my-voice/listens", icon="ear"),
        NavigationEntry(label="Learned", path="/my-voice/learned", icon="spark"),
        NavigationEntry(label="Devices", path="/my-voice/devices", icon="device"),
        NavigationEntry(
            label="Account", path="/my-voice/account", icon="person", also=(ways.PATH,)
        ),
    ),
    messages={
        "changed": "Saved. It holds from now on.",
        "off": "Turned off. What it had collected is out of reach and being deleted.",
        "paused": "Learning is paused.",
        "resumed": "Learning goes on.",
        "retention": "Saved. What is older goes by itself.",
        "corrected": "Thank you. Your correction is kept with what you said.",
        "unpaired": "The device is removed. It can no longer speak for you.",
        **ways.MESSAGES,
    },
    routes=(
        get("/my-voice", choices.show),
        get("/my-voice/choices/history-off", choices.confirm_history_off),
        post("/my-voice/choices/{switch}", choices.turn),
        post("/my-voice/retention", choices.set_retention),
        post("/my-voice/pause", choices.pause),
        post("/my-voice/resume", choices.resume),
        get("/my-voice/agreements", choices.agreements),
        get("/my-voice/history", history.show),
        post("/my-voice/history", history.search),
        get(_UTTERANCE, one_utterance.show),
        get(f"{_UTTERANCE}/recording.wav", recording.play),
        post(f"{_UTTERANCE}/correction", one_utterance.correct),
        post(f"{_UTTERANCE}/deletion", one_utterance.delete),
        get("/my-voice/delete", deleting.choose),
        post("/my-voice/delete", deleting.delete),
        get("/my-voice/listens", listens.show),
        get("/my-voice/learned", learned.show),
        get("/my-voice/devices", devices.show),
        post("/my-voice/devices/pairing-code", devices.new_code),
        post("/my-voice/devices/{device}/removal", devices.unpair),
        get("/my-voice/account", account.show),
        post("/my-voice/account/archive", account.export),
        post("/my-voice/account/deletion", account.delete),
        *ways.ROUTES,
        get("/published", published.show, public=True),
        get("/deletions/{erasure}", deletions.show, public=True),
        get("/deletions/{erasure}/receipt.json", deletions.receipt, public=True),
        get("/deletions/{erasure}/overdue-receipt.json", deletions.overdue_receipt, public=True),
        get("/deletions/{erasure}/final-receipt.json", deletions.final_receipt, public=True),
    ),
)
