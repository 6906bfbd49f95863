"""The connection to a bucket of an S3-compatible object store."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from obstore.store import S3Store

from training_loop.errors import InvalidArgument

_OPTIONS = frozenset({"endpoint", "region"})
_CONNECT_WITHIN = timedelta(seconds=3)
_ANSWER_WITHIN = timedelta(seconds=10)
_RETRIES_WITHIN = timedelta(seconds=10)
_RETRIES = 2


def open_bucket(url: str) -> S3Store:
    """A client for `s3://bucket/prefix`, with `?endpoint=...&region=...` for another service than
    AWS. Credentials come from the environment: AWS_ACCESS_KEY_ID and so on.

    Does not connect yet. Raises InvalidArgument.
    """
    parts = urlsplit(url)
    options = parse_qs(parts.query)
    if parts.scheme != "s3" or not parts.hostname or not options.keys() <= _OPTIONS:
        raise InvalidArgument(
            "EARMARK_BLOBS_URL is s3://bucket/prefix, with ?endpoint=...&region=... if needed."
        )
    chosen = {name: values[-1] for name, values in options.items()}
    return S3Store(
        parts.hostname,
        prefix=parts.path.strip("/") or None,
        config={"endpoint": chosen["endpoint"]} if "endpoint" in chosen else None,
        region=chosen.get("region", "us-east-1"),
        client_options={
            "allow_http": chosen.get("endpoint", "").startswith("http://"),
            "connect_timeout": _CONNECT_WITHIN,
            "timeout": _ANSWER_WITHIN,
        },
        retry_config={"max_retries": _RETRIES, "retry_timeout": _RETRIES_WITHIN},
    )
