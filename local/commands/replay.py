"""`replay`: have the function of that name load files once more, page by page, and tell what became of each."""

from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterator
from typing import Any

from local.client import FunctionError, invoke
from local.cloud.resources import names
from local.state import Run

USAGE = 2
BAD = {"refused", "failed"}
WORDS = {
    "loaded": "{sales:,} sales, {total}",
    "unchanged": "nothing new",
    "superseded": "a newer file of this name is known",
}


def add_arguments(command: ArgumentParser) -> None:
    """Add what narrows a replay."""
    command.add_argument("--from", dest="source", choices=("archive", "raw"), default="archive")
    command.add_argument("--prefix", default="", metavar="P", help="files whose name begins so")
    command.add_argument("--store", default="", metavar="S", help="files that state a sale of this store")
    command.add_argument("--since", default="", metavar="DAY", help="files uploaded on this day or later")
    command.add_argument("--until", default="", metavar="DAY", help="files uploaded on this day or before")
    command.add_argument(
        "--dry-run", action="store_true", help="tell what would become of each, and do nothing"
    )


def replay(run: Run, args: Namespace) -> int:
    """Print a line a file and a summary; return 1 if a file was refused or failed."""
    event = {name: getattr(args, name) for name in ("source", "prefix", "store", "since", "until", "dry_run")}
    counts: Counter[str] = Counter()
    for file in _files(run, event):
        counts[file["outcome"]] += 1
        print(_line(file, dry_run=args.dry_run), flush=True)
    told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())) or "no file"
    print(f"{'Dry run, nothing changed' if args.dry_run else 'Replayed'}: {told}")
    return 1 if BAD & counts.keys() else 0


def _files(run: Run, event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what the function tells of each file, page by page; exit code 2 if it finds no sense in the event."""
    function = names(run.stage).function("replay")
    is_first = True
    while is_first or event["after"]:
        try:
            answer = invoke(run.endpoint, function, event)
        except FunctionError as exc:
            exc.status = USAGE if exc.kind == "RequestError" else exc.status
            raise
        yield from answer["files"]
        event, is_first = event | {"after": answer["after"]}, False


def _line(file: dict[str, Any], *, dry_run: bool) -> str:
    """Return a file's line, such as `leeds.csv: would be loaded: 382 sales, 2,345.60`."""
    outcome = file["outcome"]
    words = file["sentence"] or WORDS.get(outcome, "").format_map(file)
    told = "would be " if dry_run and outcome != "unchanged" else ""
    return f"{file['object_key']}: {told}{outcome}{': ' if words else ''}{words}"
