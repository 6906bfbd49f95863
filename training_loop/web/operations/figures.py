"""Queue, models, agreement and sampling."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from training_loop.v1 import review_pb2 as review
from training_loop.v1 import review_pb2_grpc, training_pb2, training_pb2_grpc
from training_loop.web.backend import CallRefused
from training_loop.web.my_voice.times import moment
from training_loop.web.operations.bars import bars
from training_loop.web.visit import Visit

AGREEMENT = "/operations/agreement"
_STATES: Mapping[int, str] = {
    training_pb2.Model.CANDIDATE: "candidate",
    training_pb2.Model.SERVING: "serving",
    training_pb2.Model.RETIRED: "retired",
    training_pb2.Model.REFUSED: "refused",
    training_pb2.Model.TAINTED: "tainted",
}


async def queue(visit: Visit) -> Response:
    training = visit.stub(training_pb2_grpc.TrainingStub)
    counts = await visit.call(training.GetQueueStatistics, training_pb2.GetQueueStatisticsRequest())
    listed = await visit.call(training.ListModels, training_pb2.ListModelsRequest())
    found = await visit.call(
        _review(visit).GetReviewStatistics, review.GetReviewStatisticsRequest()
    )
    return visit.page(
        "queue.html",
        counts=counts,
        clips=bars(
            {
                "waiting": found.waiting,
                "in work": found.in_work,
                "agreed": found.agreed,
                "adjudicated": found.adjudicated,
                "unusable": found.unusable,
                "deleted": found.deleted,
                "escalated": found.escalated,
            }
        ),
        offered=found.offered,
        models=[
            {
                "model": one.model,
                "state": _STATES.get(one.state, ""),
                "serving": one.serving,
                "learned": one.items,
                "made": moment(one.create_time, visit.zone),
                "accuracy": f"{one.intent_accuracy * 100:.1f} %"
                if one.HasField("intent_accuracy")
                else "",
            }
            for one in listed.models
        ],
    )


async def agreement(visit: Visit) -> Response:
    found = await visit.call(
        _review(visit).GetReviewStatistics, review.GetReviewStatisticsRequest()
    )
    return visit.page(
        "agreement.html",
        alphas=[
            ("Meaning", _alpha(found, "intent_alpha")),
            ("Words", _alpha(found, "text_alpha")),
        ],
        may_release=visit.signed_in.role != "auditor",
        reviewers=[
            {
                "pseudonym": one.pseudonym,
                "reviews": one.reviews,
                "checks": one.checks,
                "accuracy": _percent(one, "check_accuracy"),
                "agreement": _percent(one, "agreement"),
                "held": one.held,
            }
            for one in found.reviewers
        ],
    )


async def release(visit: Visit) -> Response:
    """Lends tasks again to a reviewer who was held, after somebody has looked into it."""
    request = review.ReleaseReviewerRequest(pseudonym=visit.path("pseudonym"))
    await visit.call(_review(visit).ReleaseReviewer, request)
    return visit.to(AGREEMENT, "released")


async def sampling(visit: Visit) -> Response:
    try:
        report = await visit.call(
            _review(visit).GetSamplingReport, review.GetSamplingReportRequest()
        )
    except CallRefused as no:
        if no.reason != "NO_ROUND_YET":
            raise
        return visit.page("sampling.html", report=None)
    return visit.page(
        "sampling.html",
        report=report,
        at=moment(report.round_time, visit.zone),
        rate=f"{report.rate * 100:.1f}",
        charts=[
            ("Why they were picked", bars(report.picked_by_reason)),
            ("What they were about", bars(report.picked_by_intent)),
            ("What was withheld, and why", bars(report.withheld_by_reason)),
            (
                "How they are shown",
                bars(
                    {
                        "voice altered": report.altered_voice,
                        "words alone": report.transcript_only,
                    }
                ),
            ),
        ],
    )


def _alpha(found: Any, name: str) -> str:
    return f"{getattr(found, name):.2f}" if found.HasField(name) else ""


def _percent(one: Any, name: str) -> str:
    return f"{getattr(one, name) * 100:.0f} %" if one.HasField(name) else ""


def _review(visit: Visit) -> Any:
    return visit.stub(review_pb2_grpc.ReviewStub)
