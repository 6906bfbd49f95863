"""Data sets that were given to others, and what their recipients owe."""

from __future__ import annotations

from starlette.responses import Response

from training_loop.v1 import training_pb2 as pb
from training_loop.v1 import training_pb2_grpc
from training_loop.web.my_voice.times import moment
from training_loop.web.visit import Visit

EXPORTS = "/operations/exports"


async def exports(visit: Visit) -> Response:
    """The newest first."""
    stub = visit.stub(training_pb2_grpc.ExportsStub)
    listed = await visit.call(stub.ListExports, pb.ListExportsRequest())
    return visit.page(
        "exports.html",
        overdue=sum(one.overdue for one in listed.exports),
        exports=[
            {
                "export": one.export,
                "recipient": one.recipient,
                "format": one.format,
                "count": one.items,
                "made": moment(one.create_time, visit.zone),
                "expires": moment(one.expire_time, visit.zone),
                "owed": one.tombstones,
                "overdue": one.overdue,
                "since": moment(one.overdue_since_time, visit.zone)
                if one.HasField("overdue_since_time")
                else None,
                "confirmed": one.confirmed,
                "by_staff": one.confirmed_by_staff,
                "closed": one.closed,
            }
            for one in reversed(listed.exports)
        ],
    )
