"""The triggers: an event in, one call into chalicelib, its result out.

Everything an event means is decided in `chalicelib`; this module only binds functions to what calls them.
"""

import os
from typing import Any

from chalice import Chalice
from chalice.app import S3Event, SQSEvent

app = Chalice(app_name="cafe-etl")


# `chalice package` knows no S3 events: there the template owns bucket, permission and notification, and `ingest`
# is a plain function. Decorators run at import, hence the environment here.
on_raw_object = (
    app.on_s3_event(bucket=os.environ.get("RAW_BUCKET", ""), events=["s3:ObjectCreated:*"], name="ingest")
    if os.environ.get("RAW_NOTIFICATION") == "chalice"
    else app.lambda_function(name="ingest")
)


@on_raw_object  # type: ignore[untyped-decorator]
def ingest(event: Any, _context: Any = None) -> dict[str, Any]:
    """Stage the files that an S3 object-created event names and ask for their load."""
    from chalicelib import ingesting  # noqa: PLC0415 - pandas, which the other functions do without

    return ingesting.handle(event.to_dict() if isinstance(event, S3Event) else event)


@app.on_sqs_message(  # type: ignore[untyped-decorator]
    queue=os.environ.get("LOAD_QUEUE", ""), batch_size=100, maximum_batching_window_in_seconds=1, name="load"
)
def load(event: SQSEvent) -> dict[str, Any]:
    """Load a batch of requests; what failed is named, so that only that comes again."""
    from chalicelib import loading  # noqa: PLC0415

    return loading.handle(event.to_dict())


@app.lambda_function(name="create_database")  # type: ignore[untyped-decorator]
def create_database(event: Any, context: Any) -> dict[str, Any]:
    """Create or upgrade the warehouse's schema."""
    from chalicelib import schema  # noqa: PLC0415

    return schema.handle(event)
