"""A made-up name and card are put wherever a store may put one; after a load they are nowhere."""

import csv
import gzip
import io
import json
import logging
import re
import tempfile
import traceback
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from chalicelib.errors import IngestError
from chalicelib.load import handler as load_handler
from chalicelib.log import log
from chalicelib.model import Rules
from chalicelib.operations import replay, summary
from chalicelib.reading.sales import Sales
from local import reports
from tests.support import dialects
from tests.support.dialects import DIALECTS, SEPARATORS
from tests.support.layouts import LAYOUTS
from tests.support.pipeline import (
    NOTICES,
    PROCESSED,
    QUEUE,
    RAW,
    STORES,
    Pipeline,
    csv_of,
    part_of,
    sale,
)

pytestmark = pytest.mark.engines("postgres", "redshift")

NAME, CARD = "Quentin Canarybird", "5494111122223333"
CANARY = re.compile(
    r"quentin|canarybird|5494\W?1111|11112222|(?<![0-9a-f-])3333(?![0-9a-f])|5\.49411e", re.IGNORECASE
)
"""The name, the card, and what formats make of it: four digits, a float. Digits within a hash do not count."""

PAYMENTS = {*dialects.PAYMENT_WORDS, *chain.from_iterable(dialects.PAYMENT_WORDS.values())}
BOTH = f"{NAME} {CARD}"


def sold(seed: int) -> list[dialects.Sale]:
    """Return a day on which one customer bought everything."""
    return [replace(sale, customer=NAME, card=CARD if sale.card else "") for sale in dialects.day(seed)]


def spoiled(content: bytes, separator: str = ",") -> bytes:
    """Return a file with additional rows that have to be rejected: name and card stand in each column in turn."""
    text = content.decode("utf-8-sig").replace("\r\n", "\n")
    lines = csv.reader(io.StringIO(text), delimiter=separator, skipinitialspace=True)
    rows_read = ([cell.strip() for cell in row] for row in lines)
    row = [row for row in rows_read if any(row)][-1]
    store = row.index(NAME) - 1
    unpaid = ["IOU" if cell in PAYMENTS else cell for cell in row]
    rows = [[*unpaid[:place], BOTH, *unpaid[place + 1 :]] for place in range(len(row))]
    accepted = {store, row.index(NAME), len(row) - 1}  # any text is a store, a customer or a card
    rows += [[*row[:place], BOTH, *row[place + 1 :]] for place in range(len(row)) if place not in accepted]
    rows += [[*row[:store], f"{BOTH}{end}", *row[store + 1 :]] for end in ("\a", "." * 200)]
    wrong_width = [[*row, BOTH], [BOTH], [*row[:3], BOTH]]
    return content + dialects.separated(dialects.text([*rows, *wrong_width]).encode(), separator)


def files() -> dict[str, bytes]:
    """Return files by name, some of which are loaded in part, some refused."""
    contents = {
        f"{name}.csv": spoiled(write(sold(7)), SEPARATORS.get(name, ","))
        for name, write in DIALECTS.items()
        if name != "windows"
    }
    contents |= {
        "windows.csv": DIALECTS["windows"](sold(7)),
        "packed.csv.gz": gzip.compress(contents["base.csv"]),
        "unicode_text.csv": contents["tabs.csv"].decode().encode("utf-16"),
        "refused_cut_off_in_utf_16.csv": contents["tabs.csv"].decode().encode("utf-16")[:-1],
    }
    lost = f'25/08/2021 09:00,Leeds,"{NAME},Tea - 1,1,CARD,{CARD}\n'.encode()
    contents["lost_quote.csv"] = csv_of(sale(1)) + lost + csv_of(sale(2)) + lost
    contents["undecodable.csv"] = csv_of(sale(1)) + csv_of(sale(1, name=NAME)).replace(b"Leeds", b"\x81")
    contents["refused_rows.csv"] = csv_of(sale(1, name=BOTH, total="9.99"))
    contents["odd_header.csv"] = f"{NAME},card {CARD},what,where,who,when,how\n".encode() + csv_of(sale(1))
    contents["odd_header_later.csv"] = b"".join(
        (csv_of(sale(1)), f"date,location,{NAME},products,total,{CARD}\n".encode(), csv_of(sale(2)))
    )
    # There is no column of payments, and the header may be a row gone wrong.
    header = f"date,location,{NAME},products,total,card {CARD}\n"
    contents["refused_header.csv"] = (
        header + f"25/08/2021 09:00,Leeds,{NAME},Tea - 1,1,{CARD}\n" * 2
    ).encode()
    # The values show the columns, but not which of two texts is the customer, if there is one customer alone.
    contents |= {f"{name}.csv": spoiled(LAYOUTS[name](sold(7))) for name in ("unknown_total", "more_columns")}
    contents["refused_unknown_customer.csv"] = LAYOUTS["unknown_customer_name"](sold(7))
    contents["refused_swapped.csv"] = csv_of(
        *(sale(minute, store=f"{NAME} {minute}", name="Leeds") for minute in range(24))
    )
    contents["refused_swapped.csv.gz"] = gzip.compress(contents["refused_swapped.csv"])
    contents["refused_prose.csv"] = f"Dear {NAME},\nyour card {CARD} was refused.\n".encode()
    contents["refused_packed.csv.gz"] = gzip.compress(csv_of(sale(1, name=NAME)))[:-4]
    return contents


class Places:
    """Texts by the place in which they were."""

    def __init__(self) -> None:
        self.texts: list[tuple[str, str]] = []

    def add(self, place: str, *texts: object) -> None:
        """Add the texts of a place."""
        self.texts.extend((place, str(text)) for text in texts)

    def with_canary(self) -> set[str]:
        """Return the places that have a canary."""
        return {place for place, text in self.texts if CANARY.search(text)}


@pytest.fixture
def places(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Iterator[Places]:
    """Return a collector of texts, to which the log, the metrics and all leftover files are added at the end."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(log.logger_handler.formatter)
    root = logging.getLogger()
    monkeypatch.setattr(root, "level", logging.DEBUG)
    for library in ("botocore", "urllib3"):  # they log whole requests, the tests' own uploads too
        monkeypatch.setattr(logging.getLogger(library), "level", logging.INFO)
    root.addHandler(handler)
    places = Places()
    yield places
    root.removeHandler(handler)
    places.add("log", written.getvalue())
    places.add("metrics", capsys.readouterr().out)
    for path in tmp_path.rglob("*"):
        places.add("temporary files", path.read_bytes().decode("utf-8", "replace") if path.is_file() else "")
    assert places.with_canary() == set()


def all_texts(pipeline: Pipeline) -> list[tuple[str, str]]:
    """Return all texts in buckets and tables, except raw objects."""
    objects = [
        ("metadata", repr(pipeline.clients.s3.head_object(Bucket=PROCESSED, Key=key)["Metadata"]) + key)
        for key in pipeline.keys(PROCESSED)
    ]
    return [*pipeline.texts(), *objects]


def test_canaries_are_nowhere_after_a_load(pipeline: Pipeline, places: Places) -> None:
    """This holds for every format, for loaded and rejected rows and refused files, during the load and after it."""
    bodies = pipeline.request(**files())
    places.add(QUEUE, *bodies)
    places.texts += all_texts(pipeline)

    assert pipeline.load(bodies) == []

    refused = {name for name in files() if name.startswith("refused")}
    assert {key for key, status in pipeline.statuses().items() if status == "refused"} == refused
    assert set(pipeline.keys(RAW)) == refused, "a file that cannot be read cannot be redacted"
    assert pipeline.rows("select count(*) > 150 from rejected_rows") == [(True,)]
    assert summary.handle({"day": "2021-08-25"})["report"]
    places.texts += all_texts(pipeline)
    for topic in (NOTICES, STORES):
        places.add(topic, *pipeline.take(topic))
    expected = {QUEUE, NOTICES, STORES, "metadata", "load_files", "rejected_rows"}
    assert expected <= {place for place, _ in places.texts}


def test_canaries_are_nowhere_after_a_replay(pipeline: Pipeline, places: Places) -> None:
    """Both sources of a replay are tried; its answers have no canary either."""
    pipeline.run(**files())
    for source in ("archive", "raw"):
        places.add("answer", json.dumps(replay.handle({"source": source}, seconds=600)))

    places.texts += all_texts(pipeline)


def test_a_check_shows_no_canary(places: Places, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Both outputs are searched, that for people and that for programs."""
    folder = tmp_path_factory.mktemp("files")
    for name, content in files().items():
        (folder / name).write_bytes(content)
        report = reports.of_file(folder / name, Rules(), rows=1000)
        places.add("check", *report.lines(), repr(report))


def test_an_unexpected_error_shows_no_canary(
    pipeline: Pipeline, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Libraries quote values in their messages, so that only the kind of error and the line of code are shown."""

    def fail(sales: Sales) -> Any:
        raise ValueError(f"could not convert {sales.columns}")

    record = pipeline.put("a.csv", csv_of(sale(1, name=BOTH, basket=f"{NAME} - 2.45")))
    monkeypatch.setattr("chalicelib.ingest.intake.portions", fail)
    with pytest.raises(IngestError, match=r"ValueError at intake\.py:") as raised:
        pipeline.ingest(record)
    places.add("exception", raised.value, *traceback.format_exception(raised.value))
    [file] = replay.handle({"source": "raw"}, seconds=600)["files"]
    places.add("answer", file)
    assert file["outcome"] == "failed"


def test_a_driver_that_quotes_a_value_shows_no_canary(pipeline: Pipeline, places: Places) -> None:
    """If a name ever gets into a part, the error of the warehouse, which rejects it, is logged without it."""
    [body] = pipeline.request(a=csv_of(sale(1)))
    rows = f'{json.loads(body)["ingest_id"]},"{NAME}",{CARD}\n'.encode()
    pipeline.clients.s3.put_object(Bucket=PROCESSED, Key=part_of(body, "sales"), Body=gzip.compress(rows))

    assert pipeline.load([body]) == [0]


def test_a_message_that_is_no_request_shows_no_canary(pipeline: Pipeline, places: Places) -> None:
    [good] = map(json.loads, pipeline.request(a=csv_of(sale(1))))
    late = good["source"] | {"last_modified": BOTH}
    spoiled = ({"source": BOTH}, [BOTH], good | {BOTH: 1}, good | {"total": BOTH}, good | {"source": late})
    for body in (BOTH, *map(json.dumps, spoiled)):
        answer = load_handler.handle({"Records": [{"messageId": "1", "body": body}]})
        places.add("answer", answer)
        assert len(answer["batchItemFailures"]) == 1
