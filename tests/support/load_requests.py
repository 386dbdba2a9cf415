"""An example of a load request, and outcomes of its load."""

from datetime import datetime
from decimal import Decimal

from chalicelib.model import LoadRequest, Outcome, Parts, SourceVersion, Status

REQUEST = LoadRequest(
    ingest_id=7,
    source=SourceVersion("leeds é.csv", "v1", "e1", datetime.fromisoformat("2021-08-25 19:00:01"), "00A"),
    content_sha256="ab" * 32,
    hash_key_id="0123456789abcdef",
    rows_read=3,
    rows_rejected=1,
    items=4,
    total=Decimal("12.30"),
    reason="",
    sentence="",
    parts=Parts("staged/7/s", "staged/7/i", "staged/7/r", "staged/7/a"),
)


def outcome(status: Status, sentence: str = "") -> Outcome:
    """Return the outcome of the request's load."""
    return Outcome(
        REQUEST,
        status,
        sentence,
        is_unchanged=False,
        file_id=5,
        version=REQUEST.source,
        archived_status=status,
    )
