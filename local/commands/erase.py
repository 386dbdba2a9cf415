"""`erase`: erase a file with all its versions, or a customer of a store."""

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click

from chalicelib.people.escapes import escaped
from chalicelib.people.quantities import quantity
from local import removals
from local.console import show
from local.errors import UsageError

TRACES: Final = {
    "parts": "staged parts",
    "copies": "archive copies",
    "raw_versions": "raw versions",
    "messages": "messages",
}
"""The words for the counts of an answer."""


@click.command("erase", epilog="Example: python -m local erase leeds_14-03-2022_07-00-00.csv --dry-run")
@click.argument("key", metavar="[KEY]", required=False)
@click.option(
    "--customer",
    default="",
    show_default=False,
    metavar="NAME",
    help="A customer; - reads the name from standard input.",
)
@click.option("--store", default="", show_default=False, metavar="NAME", help="The customer's store.")
@click.option("--dry-run", is_flag=True, help="Show what would go, but change nothing.")
@click.pass_obj
def command(folder: Path, key: str | None, customer: str, store: str, *, dry_run: bool) -> int:
    """Erase a file for good, or a customer.

    KEY is the file's name in the bucket. Every version of it goes, and every file with one of its contents. A
    customer's sales stay, as those of an unknown customer. The exit code is 2 if nothing matches, and 1 if this has
    to be run again.
    """
    if bool(key) == bool(customer) or bool(customer) != bool(store):
        raise UsageError("Name either a file's KEY, or both --customer and --store.")
    if key:
        return _erase_file(folder, key, dry_run=dry_run)
    name = sys.stdin.readline().strip() if customer == "-" else customer
    return _erase_customer(folder, {"customer": name, "store": store, "dry_run": dry_run})


def _erase_file(folder: Path, key: str, *, dry_run: bool) -> int:
    answer = removals.answer(folder, action="erase", object_key=key, dry_run=dry_run)
    lines = [
        *removals.file_lines(answer["files"], "erased", dry_run=dry_run),
        *(
            f"the same content is under another name: {escaped(other)}"
            for other in answer["keys"]
            if other != key
        ),
        *(f"{words}: {answer[name]}" for name, words in TRACES.items()),
        *_unread(answer["messages_unread"]),
        *removals.ending(dry_run=dry_run),
    ]
    show(*lines)
    return 1 if answer["messages_unread"] else 0


def _unread(number: int) -> list[str]:
    if not number:
        return []
    return [f"{quantity(number, 'message')} could not be looked at: run this once more in half an hour."]


def _erase_customer(folder: Path, event: dict[str, Any]) -> int:
    counts: Counter[str] = Counter()
    earlier: list[str] = []
    for page in _pages(folder, event):
        counts.update({name: page[name] for name in ("sales", "copies", "copies_damaged")})
        earlier = page["earlier_hash_keys"]
    lines = [f"sales: {counts['sales']}", f"archive copies: {counts['copies']}"]
    if earlier:
        lines.append(f"hashes under earlier hash keys were not found by the name: {', '.join(earlier)}")
    if counts["copies_damaged"]:
        lines.append(f"archive copies that could not be read: {counts['copies_damaged']}")
    show(*lines, *removals.ending(dry_run=event["dry_run"]))
    return 1 if counts["copies_damaged"] else 0


def _pages(folder: Path, event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the answers of the function, page by page."""
    after, is_first = "", True
    while is_first or after:
        page = removals.answer(folder, action="erase_customer", after=after, **event)
        yield page
        after, is_first = page["after"], False
