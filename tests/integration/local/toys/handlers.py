"""Handlers that do what their events say. The file $SEEN keeps the events that they got, one a line."""

import json
import logging
import os
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

logging.getLogger().setLevel(logging.INFO)

SUCCEEDS_AT = {"third": 3, "fourth": 4}
"""The attempt at which `note` first succeeds, by the key; a function gets three attempts an event."""


def _seen() -> list[Any]:
    path = Path(os.environ["SEEN"])
    return (
        [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
    )


def _note(event: Any) -> None:
    with Path(os.environ["SEEN"]).open("a", encoding="utf-8") as file:
        file.write(json.dumps(event) + "\n")


def obey(event: dict[str, Any], context: Any) -> Any:
    """Do the one thing that the event names."""
    match event.get("do"):
        case "fail":
            raise ValueError(event["why"])
        case "crash":
            os._exit(3)
        case "sleep":
            time.sleep(event["seconds"])
        case "print":
            sys.stdout.write(event["words"] + "\n")
            sys.stderr.write(event["words"] + "\n")
            logging.getLogger("toy").info("logged %s", event["words"])
        case "environment":
            return dict(os.environ)
        case "context":
            return {"name": context.function_name, "left": context.get_remaining_time_in_millis()}
    return {"process": os.getpid(), "event": event}


def note(event: dict[str, Any], _context: Any) -> None:
    """Note the event; fail always for the key `never`, and until the right attempt for the keys of `SUCCEEDS_AT`."""
    _note(event)
    key = unquote_plus(event["Records"][0]["s3"]["object"]["key"])
    name = key.rpartition("/")[-1]
    if name == "never" or len(_seen()) < SUCCEEDS_AT.get(name, 0):
        raise ValueError(key)


def batch(event: dict[str, Any], _context: Any) -> Any:
    """Note the batch; each message's body says how the function answers it."""
    _note(event)
    bodies = {record["messageId"]: record["body"] for record in event["Records"]}
    if "raise" in bodies.values():
        raise ValueError("raise")
    if "nonsense" in bodies.values():
        return {"batchItemFailures": [{"itemIdentifier": "nobody"}]}
    return {"batchItemFailures": [{"itemIdentifier": key} for key, body in bodies.items() if body == "bad"]}
