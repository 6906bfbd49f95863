"""Statistics, rounds of sampling and published figures as messages."""

from __future__ import annotations

from training_loop.review.insight import Reviewer, ReviewStatistics, Transparency
from training_loop.sampling.report import SamplingReport
from training_loop.services.convert_review import duration
from training_loop.services.fields import timestamp
from training_loop.v1 import review_pb2 as pb


def statistics_message(found: ReviewStatistics) -> pb.ReviewStatistics:
    counts = found.counts
    return pb.ReviewStatistics(
        offered=counts.offered,
        waiting=counts.waiting,
        in_work=counts.in_work,
        agreed=counts.agreed,
        adjudicated=counts.adjudicated,
        unusable=counts.unusable,
        deleted=counts.deleted,
        escalated=counts.escalated,
        intent_alpha=found.reliability.intent_alpha,
        text_alpha=found.reliability.text_alpha,
        reviewers=[reviewer_message(one) for one in found.reviewers],
    )


def reviewer_message(reviewer: Reviewer) -> pb.ReviewerStatistics:
    record = reviewer.record
    return pb.ReviewerStatistics(
        pseudonym=reviewer.pseudonym,
        reviews=record.reviews,
        checks=record.checks,
        check_accuracy=record.check_accuracy,
        agreement=record.agreement,
        held=record.held,
    )


def round_message(report: SamplingReport) -> pb.SamplingReport:
    return pb.SamplingReport(
        round_time=timestamp(report.round_at_s),
        seed=report.seed,
        eligible=report.eligible,
        picked=report.picked,
        rate=report.rate,
        picked_by_reason=report.picked_by_reason,
        picked_by_intent=report.picked_by_intent,
        withheld_by_reason=report.withheld_by_reason,
        accounts_alike=report.accounts_alike,
        altered_voice=report.altered_voice,
        transcript_only=report.transcript_only,
    )


def transparency_message(figures: Transparency) -> pb.TransparencyFigures:
    message = pb.TransparencyFigures(
        since=timestamp(figures.since_s),
        sample_rate=figures.sample_rate,
        listens=figures.listens,
        false_wakes_dropped=figures.false_wakes_dropped,
        escalations=figures.escalations,
        erasures=figures.erasures,
        withheld=figures.withheld,
    )
    if figures.median_erasure_s is not None:
        message.median_erasure.CopyFrom(duration(figures.median_erasure_s))
    return message
