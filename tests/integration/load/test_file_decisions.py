"""The decision on each file: loaded, duplicate, superseded, refused or unchanged, and the sales that follow from it."""

from itertools import permutations

import pytest

from chalicelib.errors import TiedError
from tests.support.sql_loads import File, Loads, Rejection, Sale, digest

pytestmark = pytest.mark.engines("postgres", "redshift")

NAMES = ("ann", "bob", "cat", "dan")
ANN, BOB, CAT, DAN = (Sale(customer=name, minute=minute) for minute, name in enumerate(NAMES))
MORNING, NOON, EVENING = (
    File(sales=(sale,), second=second) for second, sale in enumerate((ANN, BOB, CAT), 1)
)
"""Three versions of one key, from the oldest to the newest."""

UNREADABLE = File(sales=(), reason="no_columns", rejections=(Rejection(1), Rejection(2)), content="gibberish")


def names(loads: Loads) -> list[str]:
    """Return the first names behind the customers' hashes of all sales, sorted."""
    names_of_hashes = {digest(name): name for name in NAMES}
    return sorted(names_of_hashes[row[2]] for row in loads.sales())


def versions(loads: Loads) -> list[tuple[str, str, int]]:
    """Return version id, sequencer and second of each row of the ledger."""
    return loads.rows(
        "select version_id, sequencer, cast(extract(second from last_modified) as integer) from load_files"
        " order by file_id"
    )


def test_a_second_delivery_changes_nothing(loads: Loads) -> None:
    """S3 and SQS deliver at least once."""
    loads.load(MORNING)
    before = loads.everything()

    assert loads.load(MORNING) == ["unchanged"]

    assert loads.everything() == before


def test_a_second_delivery_in_the_same_batch_changes_nothing(loads: Loads) -> None:
    """Two runs of ingest may have staged the same version; the ledger has one row for both."""
    assert sorted(loads.load(MORNING, MORNING)) == ["loaded", "unchanged"]

    assert loads.ledger() == [(1, "leeds.csv", "loaded", None)]
    assert names(loads) == ["ann"]


def test_the_same_content_uploaded_again_updates_the_version_of_its_row(loads: Loads) -> None:
    """Otherwise an older correction that arrives late would replace the content that was uploaded last."""
    loads.load(MORNING)
    again = File(sales=MORNING.sales, second=9, sequencer="b")

    assert loads.load(again) == ["unchanged"]

    assert loads.ledger() == [(1, "leeds.csv", "loaded", None)]
    assert versions(loads) == [(again.version_id, "b", 9)]
    assert loads.load(NOON) == ["superseded"]
    assert names(loads) == ["ann"]


def test_a_late_delivery_of_the_first_upload_does_not_set_that_version_back(loads: Loads) -> None:
    """The ledger has the content in a newer version by then."""
    again = File(sales=MORNING.sales, second=9)
    loads.load(MORNING)
    loads.load(again)
    before = loads.everything()

    assert loads.load(MORNING) == ["unchanged"]

    assert loads.everything() == before


def test_a_version_swept_without_its_event_keeps_the_sequencer_that_is_known(loads: Loads) -> None:
    """The sweep sends a version without a sequencer, although it is the same version."""
    original = File(sales=(ANN,), sequencer="5")
    swept = File(sales=(ANN,), version=original.version_id)
    newer = File(sales=(BOB,), sequencer="6")
    loads.load(original)
    loads.load(swept)
    assert versions(loads) == [(original.version_id, "5", 0)]

    loads.load(newer)

    assert loads.load(swept) == ["unchanged"]
    assert names(loads) == ["bob"]


def test_a_corrected_file_replaces_the_one_before(loads: Loads) -> None:
    """The sales of the earlier file and their items are deleted; its row in the ledger names the newer file."""
    loads.load(MORNING)

    assert loads.load(NOON) == ["loaded"]

    assert loads.ledger() == [(1, "leeds.csv", "superseded", 2), (2, "leeds.csv", "loaded", None)]
    assert loads.column("select transaction_id from transactions") == [2_000_000_001]
    assert loads.column("select transaction_id from baskets") == [2_000_000_001]


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        pytest.param(File(second=1), File(sales=(BOB,), second=2), id="by LastModified"),
        pytest.param(File(sequencer="0a"), File(sales=(BOB,), sequencer="0b"), id="by sequencer"),
        pytest.param(
            File(second=1, sequencer="f"),
            File(sales=(BOB,), second=2),
            id="by LastModified, not by sequencer",
        ),
    ],
)
def test_an_older_version_that_arrives_late_never_replaces_a_newer_one(
    loads: Loads, older: File, newer: File
) -> None:
    """Messages arrive in any order. The ledger records the older version as superseded."""
    loads.load(newer)

    assert loads.load(older) == ["superseded"]

    assert loads.ledger() == [(1, "leeds.csv", "loaded", None), (2, "leeds.csv", "superseded", 1)]
    assert names(loads) == ["bob"]
    assert loads.load(older) == ["unchanged"]


def test_within_a_second_and_without_a_sequencer_the_newest_in_the_bucket_counts(loads: Loads) -> None:
    """S3 was asked which of the two is newer."""
    loads.load(File(sales=(ANN,), sequencer="5"))

    assert loads.load(File(sales=(CAT,), newest_of_second=0)) == ["superseded"]
    assert loads.load(File(sales=(BOB,), newest_of_second=1)) == ["loaded"]

    assert names(loads) == ["bob"]


def test_a_tie_is_reported_unless_s3_was_asked(loads: Loads) -> None:
    """The batch is tried again after S3 was asked: the load never guesses."""
    loads.load(File(sales=(ANN,), sequencer="5"))

    with pytest.raises(TiedError):
        loads.tampered(File(sales=(BOB,)))


def test_of_two_versions_in_a_batch_within_a_second_the_newest_in_the_bucket_counts(loads: Loads) -> None:
    """It counts even if only the older one has a sequencer."""
    files = File(sales=(ANN,), sequencer="5", newest_of_second=0), File(sales=(BOB,), newest_of_second=1)

    assert loads.load(*files) == ["superseded", "loaded"]

    assert [row[:3] for row in loads.ledger()] == [
        (1, "leeds.csv", "superseded"),
        (2, "leeds.csv", "loaded"),
    ]
    assert names(loads) == ["bob"]


def test_without_a_sequencer_an_earlier_content_may_return_within_the_second(loads: Loads) -> None:
    """A new version id tells it from a second delivery of the first upload."""
    loads.load(File(sales=(ANN,), sequencer="5"))
    loads.load(File(sales=(BOB,), sequencer="6"))

    assert loads.load(File(sales=(ANN,), newest_of_second=1)) == ["loaded"]

    assert names(loads) == ["ann"]


@pytest.mark.parametrize(
    ("newest", "status", "names_now"), [(1, "loaded", ["ann"]), (0, "unchanged", ["bob"])]
)
def test_without_versions_and_sequencers_an_earlier_content_returns_if_it_is_the_newest_in_the_bucket(
    loads: Loads, newest: int, status: str, names_now: list[str]
) -> None:
    """Three files were uploaded within one second to a bucket that keeps no versions."""
    loads.load(unversioned(ANN, newest=-1))
    loads.load(unversioned(BOB, newest=1))

    assert loads.load(unversioned(BOB, newest=-1)) == ["unchanged"]
    assert loads.load(unversioned(ANN, newest=newest)) == [status]

    assert names(loads) == names_now


def unversioned(sale: Sale, newest: int) -> File:
    """Return an object of a bucket without versions, whose event is lost."""
    return File(sales=(sale,), version="", newest_of_second=newest)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_of_versions_in_one_batch_the_newest_counts(loads: Loads, order: tuple[int, ...]) -> None:
    """They may be staged in any order."""
    versions = (MORNING, NOON, EVENING)

    outcomes = loads.load(*(versions[position] for position in order))

    assert [outcomes[order.index(position)] for position in range(3)] == [
        "superseded",
        "superseded",
        "loaded",
    ]
    assert loads.ledger() == [
        (1, "leeds.csv", "superseded", 3),
        (2, "leeds.csv", "superseded", 3),
        (3, "leeds.csv", "loaded", None),
    ]
    assert names(loads) == ["cat"]


@pytest.mark.parametrize("order", list(permutations((MORNING, NOON, EVENING))))
def test_of_versions_in_several_batches_the_newest_counts(loads: Loads, order: tuple[File, ...]) -> None:
    for version in order:
        loads.load(version)

    assert names(loads) == ["cat"]
    assert [row[2] for row in loads.ledger()].count("loaded") == 1


def test_a_key_may_return_to_an_earlier_content(loads: Loads) -> None:
    """Taking a correction back is a correction, too."""
    loads.load(MORNING)
    loads.load(NOON)

    assert loads.load(File(sales=MORNING.sales, second=9)) == ["loaded"]

    assert names(loads) == ["ann"]
    assert [row[2:] for row in loads.ledger()] == [("superseded", 2), ("superseded", 3), ("loaded", None)]


def test_a_content_that_comes_and_returns_in_one_batch_counts_once(loads: Loads) -> None:
    """The version between is superseded. The first and the last upload share a row of the ledger."""
    returned = File(sales=MORNING.sales, second=9)

    assert loads.load(MORNING, NOON, returned) == ["unchanged", "superseded", "loaded"]

    assert names(loads) == ["ann"]


def test_the_same_content_under_another_key_is_a_duplicate(loads: Loads) -> None:
    """Its sales are in the warehouse already, so they are not added; its sentence names the original's key."""
    loads.load(File("a.csv"))

    assert loads.load(File("b.csv", second=1)) == ["duplicate"]

    assert loads.ledger() == [(1, "a.csv", "loaded", None), (2, "b.csv", "duplicate", None)]
    assert loads.column("select sentence from load_files where file_id = 2") == [
        "This file has the same content as a.csv, which is already loaded."
    ]
    assert len(loads.sales()) == 1


def test_of_the_same_content_in_one_batch_the_oldest_is_loaded(loads: Loads) -> None:
    """All others are duplicates of the oldest one, not of each other."""
    outcomes = loads.load(File("a.csv", second=3), File("b.csv", second=2), File("c.csv", second=1))

    assert outcomes == ["duplicate", "duplicate", "loaded"]
    assert set(loads.column("select sentence from load_files where status = 'duplicate'")) == {
        "This file has the same content as c.csv, which is already loaded."
    }


def test_a_duplicate_of_a_duplicate_names_the_key_that_is_loaded(loads: Loads) -> None:
    """The sentence leads to the file that owns the sales."""
    loads.load(File("z.csv"))
    loads.load(File("a.csv", second=1))

    loads.load(File("m.csv", second=2))

    assert loads.column("select sentence from load_files where object_key = 'm.csv'") == [
        "This file has the same content as z.csv, which is already loaded."
    ]


def test_a_content_that_its_key_no_longer_states_is_no_original(loads: Loads) -> None:
    """The correction has deleted the sales of the earlier file, so the copy has to be loaded."""
    loads.load(File("a.csv", (ANN,)))
    loads.load(File("a.csv", (BOB,), second=1))

    assert loads.load(File("b.csv", (ANN,), second=2)) == ["loaded"]

    assert names(loads) == ["ann", "bob"]


@pytest.mark.parametrize("second", [1, 3], ids=["before the correction", "after it"])
def test_a_content_that_moves_to_another_key_in_one_batch_keeps_its_sales(loads: Loads, second: int) -> None:
    """The copy states them from now on: they stay where they are, whichever of the two was uploaded first."""
    loads.load(File("a.csv", (ANN,)))

    assert loads.load(File("a.csv", (BOB,), second=2), File("b.csv", (ANN,), second=second)) == ["loaded"] * 2

    assert names(loads) == ["ann", "bob"]
    assert loads.column("select file_id from transactions order by 1") == [1, 2 if second == 3 else 3]


def test_a_duplicate_states_its_sales_when_its_original_is_corrected(loads: Loads) -> None:
    """It becomes the file that is loaded. No sale moves: those that it alone states are under the old number."""
    loads.load(File("a.csv", (ANN, BOB)))
    loads.load(File("copy.csv", (ANN, BOB), second=1))

    assert loads.load(File("a.csv", (BOB,), second=2)) == ["loaded"]

    assert names(loads) == ["ann", "bob"]
    assert loads.ledger() == [
        (1, "a.csv", "superseded", 3),
        (2, "copy.csv", "loaded", None),
        (3, "a.csv", "loaded", None),
    ]
    assert loads.rows(
        "select sales_file_id, rows_loaded, reason, sentence from load_files where file_id = 2"
    ) == [(1, 2, "", "")]
    assert loads.load(File("copy.csv", (ANN, BOB), second=3)) == ["unchanged"]
    assert loads.load(File("copy.csv", (CAT,), second=4)) == ["loaded"]
    assert names(loads) == ["bob", "cat"]


def test_a_copy_of_a_former_duplicate_is_a_duplicate(loads: Loads) -> None:
    loads.load(File("a.csv", (ANN,)))
    loads.load(File("copy.csv", (ANN,), second=1))

    assert loads.load(File("a.csv", (BOB,), second=2), File("c.csv", (ANN,), second=3)) == [
        "loaded",
        "duplicate",
    ]

    assert names(loads) == ["ann", "bob"]
    assert loads.column("select sentence from load_files where object_key = 'c.csv'") == [
        "This file has the same content as copy.csv, which is already loaded."
    ]


def test_a_duplicate_may_be_corrected(loads: Loads) -> None:
    """The sales of the original stay."""
    loads.load(File("a.csv", (ANN,)))
    loads.load(File("b.csv", (ANN,), second=1))

    assert loads.load(File("b.csv", (BOB,), second=2)) == ["loaded"]

    assert names(loads) == ["ann", "bob"]
    assert loads.ledger()[1:] == [(2, "b.csv", "superseded", 3), (3, "b.csv", "loaded", None)]


def test_a_correction_may_be_a_duplicate(loads: Loads) -> None:
    """The sales of the version before are deleted, although the duplicate adds none."""
    loads.load(File("a.csv", (ANN,)), File("b.csv", (BOB,)))

    assert loads.load(File("b.csv", (ANN,), second=1)) == ["duplicate"]

    assert names(loads) == ["ann"]


def test_a_refused_file_is_in_the_ledger_with_reason_and_rejected_rows(loads: Loads) -> None:
    assert loads.load(UNREADABLE) == ["refused"]

    assert loads.rows("select status, reason, sentence, rows_read, rows_loaded from load_files") == [
        ("refused", "no_columns", "Nobody can read it.", 2, 0)
    ]
    assert loads.column("select line_number from rejected_rows where file_id = 1 order by 1") == [1, 2]
    assert loads.sales() == []


def test_the_same_refused_file_delivered_again_changes_nothing(loads: Loads) -> None:
    loads.load(UNREADABLE)
    before = loads.everything()

    assert loads.load(UNREADABLE, UNREADABLE) == ["unchanged", "unchanged"]

    assert loads.everything() == before


def test_the_same_refused_content_uploaded_again_keeps_one_row(loads: Loads) -> None:
    """The row has the newest version, since that is the object to correct in the raw bucket."""
    again = File(
        sales=(), reason="no_columns", rejections=UNREADABLE.rejections, content="gibberish", second=7
    )
    loads.load(UNREADABLE)

    assert loads.load(again) == ["unchanged"]

    assert versions(loads) == [(again.version_id, "", 7)]
    assert loads.column("select count(*) from rejected_rows") == [2]
    assert loads.load(UNREADABLE) == ["unchanged"]
    assert versions(loads) == [(again.version_id, "", 7)]


def test_a_good_file_loads_after_a_refused_one_under_its_key(loads: Loads) -> None:
    """A refused file owns no sales, so nothing is replaced."""
    loads.load(UNREADABLE)

    assert loads.load(NOON) == ["loaded"]

    assert loads.ledger() == [(1, "leeds.csv", "refused", None), (2, "leeds.csv", "loaded", None)]


def test_a_refused_file_replaces_nothing(loads: Loads) -> None:
    """The earlier sales of its key stay, even if both come in one batch."""
    late = File(sales=(), reason="no_columns", content="gibberish", second=9)

    assert loads.load(MORNING, late) == ["loaded", "refused"]

    assert names(loads) == ["ann"]


def test_a_refusal_is_superseded_when_its_content_can_be_read(loads: Loads) -> None:
    """A new format may read a file that an earlier release refused."""
    readable = File(sales=(ANN,), content="gibberish")
    loads.load(UNREADABLE)

    assert loads.load(readable) == ["loaded"]

    assert loads.ledger() == [(1, "leeds.csv", "superseded", 2), (2, "leeds.csv", "loaded", None)]
    assert loads.load(UNREADABLE) == ["unchanged"]
    assert names(loads) == ["ann"]


def test_files_are_numbered_in_the_order_of_their_upload(loads: Loads) -> None:
    """The order of messages does not matter. Numbers go on from the highest one in the ledger."""
    loads.load(File("first.csv"))

    loads.load(
        File("b.csv", (BOB,), second=2), File("a.csv", (CAT,), second=2), File("c.csv", (ANN,), second=1)
    )

    assert [row[:2] for row in loads.ledger()] == [
        (1, "first.csv"),
        (2, "c.csv"),
        (3, "a.csv"),
        (4, "b.csv"),
    ]
