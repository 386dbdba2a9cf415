"""The triggers: an event in, one call into chalicelib, its result out.

Each trigger imports its module when it is called: only `ingest` needs pandas, whose import takes a second.
"""

import importlib
import os
import sys
from typing import Any

from chalice.app import Chalice

from chalicelib import schedules
from chalicelib.log import logged

app = Chalice(app_name="cafe-etl")
if "chalice.cli" in sys.modules:  # Chalice's command, which would deploy functions without names or driver
    importlib.import_module("infra.plain_chalice").check()


def ingest(event: dict[str, Any], _context: Any = None) -> dict[str, Any]:
    """Stage the files that an S3 object-created event names, and request their load."""
    from chalicelib.ingest.handler import handle  # noqa: PLC0415

    return handle(event)


# `chalice package` accepts no S3 trigger. As a call, not a decorator, it shows `ingest` every record of an event.
if os.environ.get("RAW_NOTIFICATION") == "chalice":
    app.on_s3_event(bucket=os.environ.get("RAW_BUCKET", ""), events=["s3:ObjectCreated:*"])(ingest)
else:
    app.lambda_function()(ingest)


def load(event: dict[str, Any], _context: Any = None) -> dict[str, Any]:
    """Load a batch of requests and return those that failed; without a batch, load all that wait on the queue."""
    from chalicelib.load.handler import handle  # noqa: PLC0415

    return handle(event)


# In a stack `load` has both triggers, and a parameter says which is on; Chalice itself gives it one.
if os.environ.get("RAW_NOTIFICATION") == "chalice" and (times := schedules.load(os.environ)):
    app.schedule(times)(load)
else:
    app.on_sqs_message(
        os.environ.get("LOAD_QUEUE", "load"), batch_size=100, maximum_batching_window_in_seconds=1
    )(load)


@app.lambda_function()
def create_database(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Create or upgrade the warehouse's schema."""
    from chalicelib.warehouse.schema import handle  # noqa: PLC0415

    return handle(event, seconds=context.get_remaining_time_in_millis() / 1000)


@app.lambda_function()
def replay(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Load a page of files from the archive, or from the raw bucket, again."""
    from chalicelib.operations.replay import handle  # noqa: PLC0415

    return handle(event, seconds=context.get_remaining_time_in_millis() / 1000)


@app.lambda_function()
def remove(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Withdraw or erase a file, erase a customer, or throw a refused file away."""
    from chalicelib.operations.removal import handle  # noqa: PLC0415

    return handle(event, seconds=context.get_remaining_time_in_millis() / 1000)


@app.lambda_function()
def smoke_cleanup(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Report the figures of a smoke test's file, and remove the file."""
    from chalicelib.operations.smoke_cleanup import handle  # noqa: PLC0415

    return handle(event)


def sweep(event: dict[str, Any], _context: Any = None) -> dict[str, Any]:
    """Look for files that wait, parts that nobody needs and stores that sent nothing: no event reports these."""
    from chalicelib.operations.sweep import handle  # noqa: PLC0415

    return handle(event)


def summarise(event: dict[str, Any], _context: Any = None) -> dict[str, Any]:
    """Write the report of the day before, or of the event's day, and mail its summary to head office and stores."""
    from chalicelib.operations.summary import handle  # noqa: PLC0415

    return handle(event)


# Calls, too: Chalice's decorator requires all fields of a schedule's event, which a person does not send.
app.schedule(schedules.sweep(os.environ))(sweep)
app.schedule(schedules.summary(os.environ))(summarise)

for name in app.handler_map:
    globals()[name] = logged(globals()[name])
