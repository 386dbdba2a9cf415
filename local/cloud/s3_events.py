"""S3's event notifications as AWS sends them; moto's lack sequencer, version and requester."""

import threading
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus


class Sequencer:
    """Hands out sequencers: 16 hex digits that grow, even over restarts, since they come from the clock."""

    def __init__(self) -> None:
        self._last = 0
        self._lock = threading.Lock()

    def next(self) -> str:
        """Return a sequencer that is greater than all before it."""
        with self._lock:
            # One more than the last if the clock stands still or goes back: two uploads never get the same.
            self._last = max(self._last + 1, time.time_ns())
            return f"{self._last:016X}"


def event(name: str, bucket: Any, key: Any, configuration: str, sequencer: str) -> dict[str, Any]:
    """Return the notification about one object, with its key quoted as S3 does: "a day+1.csv" -> "a+day%2B1.csv"."""
    described = {"key": quote_plus(key.name, safe="/"), "sequencer": sequencer}
    if name.startswith("s3:ObjectCreated:"):
        described |= {"size": key.size, "eTag": key.etag.strip('"')}
    if bucket.is_versioned:
        described["versionId"] = key.version_id
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": bucket.region_name,
        "eventTime": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "eventName": name.removeprefix("s3:"),
        "userIdentity": {"principalId": "AWS:LOCAL"},
        "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": {"x-amz-request-id": sequencer, "x-amz-id-2": sequencer},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": configuration,
            "bucket": {"name": bucket.name, "ownerIdentity": {"principalId": "LOCAL"}, "arn": bucket.arn},
            "object": described,
        },
    }
    return {"Records": [record]}
