"""What becomes of a file: what the ledger says of it, and what of it is in the warehouse."""

from itertools import permutations

import pytest

from tests.support.sql_loads import File, Loads, Rejection, Sale, digest

NAMES = ("ann", "bob", "cat", "dan")
ANN, BOB, CAT, DAN = (Sale(customer=name, minute=minute) for minute, name in enumerate(NAMES))
MORNING, NOON, EVENING = (
    File(sales=(sale,), second=second) for second, sale in enumerate((ANN, BOB, CAT), 1)
)
"""Three versions of one key, in order."""

UNREADABLE = File(sales=(), reason="no_columns", rejections=(Rejection(1), Rejection(2)), content="gibberish")


def names(loads: Loads) -> list[str]:
    """Return the first names behind the hashes of the customers of all sales, in order."""
    known = {digest(name): name for name in NAMES}
    return sorted(known[row[2]] for row in loads.sales())


def marks(loads: Loads) -> list[tuple[str, str, int]]:
    """Return version, sequencer and second of the ledger's rows."""
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
    """Two runs of ingest may have staged the same version; one row of the ledger speaks for both."""
    assert sorted(loads.load(MORNING, MORNING)) == ["loaded", "unchanged"]

    assert loads.ledger() == [(1, "leeds.csv", "loaded", None)]
    assert names(loads) == ["ann"]


def test_the_same_content_sent_again_makes_its_row_as_new_as_that(loads: Loads) -> None:
    """Otherwise an older correction, arriving late, would take the place of what was sent last."""
    loads.load(MORNING)
    again = File(sales=MORNING.sales, second=9, sequencer="b")

    assert loads.load(again) == ["unchanged"]

    assert loads.ledger() == [(1, "leeds.csv", "loaded", None)]
    assert marks(loads) == [(again.version_id, "b", 9)]
    assert loads.load(NOON) == ["superseded"]
    assert names(loads) == ["ann"]


def test_the_first_delivery_again_does_not_undo_that(loads: Loads) -> None:
    """Its version is no longer in the ledger, but what it says is, and is newer there."""
    again = File(sales=MORNING.sales, second=9)
    loads.load(MORNING)
    loads.load(again)
    before = loads.everything()

    assert loads.load(MORNING) == ["unchanged"]

    assert loads.everything() == before


def test_a_version_swept_without_its_event_keeps_the_sequencer_that_is_known(loads: Loads) -> None:
    """What a sweep finds has no sequencer; it is the same version all the same."""
    told = File(sales=(ANN,), sequencer="5")
    swept = File(sales=(ANN,), version=told.version_id)
    newer = File(sales=(BOB,), sequencer="6")
    loads.load(told)
    loads.load(swept)
    assert marks(loads) == [(told.version_id, "5", 0)]

    loads.load(newer)

    assert loads.load(swept) == ["unchanged"]
    assert names(loads) == ["bob"]


def test_a_corrected_file_replaces_the_one_before(loads: Loads) -> None:
    """Its sales go with their items, and the ledger says by which file."""
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
def test_an_older_version_that_arrives_late_never_replaces(loads: Loads, older: File, newer: File) -> None:
    """Messages come in any order; the ledger remembers the older version as superseded."""
    loads.load(newer)

    assert loads.load(older) == ["superseded"]

    assert loads.ledger() == [(1, "leeds.csv", "loaded", None), (2, "leeds.csv", "superseded", 1)]
    assert names(loads) == ["bob"]
    assert loads.load(older) == ["unchanged"]


def test_within_a_second_and_without_a_sequencer_what_the_bucket_holds_counts(loads: Loads) -> None:
    """S3 was asked which of the two is newer."""
    loads.load(File(sales=(ANN,), sequencer="5"))

    assert loads.load(File(sales=(CAT,), newest_of_second=0)) == ["superseded"]
    assert loads.load(File(sales=(BOB,), newest_of_second=1)) == ["loaded"]

    assert names(loads) == ["bob"]


def test_a_tie_that_nobody_asked_about_is_told(loads: Loads) -> None:
    """Its batch is tried again, and S3 asked, rather than guessed at."""
    loads.load(File(sales=(ANN,), sequencer="5"))

    assert [figures.status for figures in loads.tampered(File(sales=(BOB,)))] == ["tied"]


def test_of_a_batch_within_a_second_the_one_that_the_bucket_holds_counts(loads: Loads) -> None:
    """Though the other one alone has a sequencer."""
    files = File(sales=(ANN,), sequencer="5", newest_of_second=0), File(sales=(BOB,), newest_of_second=1)

    assert loads.load(*files) == ["superseded", "loaded"]

    assert [row[:3] for row in loads.ledger()] == [
        (1, "leeds.csv", "superseded"),
        (2, "leeds.csv", "loaded"),
    ]
    assert names(loads) == ["bob"]


def test_without_a_sequencer_an_earlier_content_may_return_within_the_second(loads: Loads) -> None:
    """Its own version tells it from a second delivery of the first."""
    loads.load(File(sales=(ANN,), sequencer="5"))
    loads.load(File(sales=(BOB,), sequencer="6"))

    assert loads.load(File(sales=(ANN,), newest_of_second=1)) == ["loaded"]

    assert names(loads) == ["ann"]


@pytest.mark.parametrize(
    ("newest", "status", "names_now"), [(1, "loaded", ["ann"]), (0, "unchanged", ["bob"])]
)
def test_without_versions_and_sequencers_an_earlier_content_returns_if_the_bucket_holds_it(
    loads: Loads, newest: int, status: str, names_now: list[str]
) -> None:
    """Three uploads in one second to a bucket that keeps no versions."""
    loads.load(unversioned(ANN, newest=-1))
    loads.load(unversioned(BOB, newest=1))

    assert loads.load(unversioned(BOB, newest=-1)) == ["unchanged"]
    assert loads.load(unversioned(ANN, newest=newest)) == [status]

    assert names(loads) == names_now


def unversioned(sale: Sale, newest: int) -> File:
    """Return an object of a bucket without versions, whose event nobody has."""
    return File(sales=(sale,), version="", newest_of_second=newest)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_of_versions_in_one_batch_the_newest_counts(loads: Loads, order: tuple[int, ...]) -> None:
    """In whatever order they are staged, and whatever the ledger knows of them."""
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
    """The same, one by one."""
    for version in order:
        loads.load(version)

    assert names(loads) == ["cat"]
    assert [row[2] for row in loads.ledger()].count("loaded") == 1


def test_a_key_may_return_to_an_earlier_content(loads: Loads) -> None:
    """A correction that is taken back is a correction."""
    loads.load(MORNING)
    loads.load(NOON)

    assert loads.load(File(sales=MORNING.sales, second=9)) == ["loaded"]

    assert names(loads) == ["ann"]
    assert [row[2:] for row in loads.ledger()] == [("superseded", 2), ("superseded", 3), ("loaded", None)]


def test_a_content_that_comes_and_returns_in_one_batch_counts_once(loads: Loads) -> None:
    """The version between is superseded; the first need not be told apart from the last."""
    returned = File(sales=MORNING.sales, second=9)

    assert loads.load(MORNING, NOON, returned) == ["unchanged", "superseded", "loaded"]

    assert names(loads) == ["ann"]


def test_the_same_content_under_another_key_is_a_duplicate(loads: Loads) -> None:
    """Its sales are in the warehouse already; the ledger names the key that brought them."""
    loads.load(File("a.csv"))

    assert loads.load(File("b.csv", second=1)) == ["duplicate"]

    assert loads.ledger() == [(1, "a.csv", "loaded", None), (2, "b.csv", "duplicate", None)]
    assert loads.column("select sentence from load_files where file_id = 2") == [
        "The same content came before as a.csv."
    ]
    assert len(loads.sales()) == 1


def test_of_the_same_content_in_one_batch_the_oldest_is_loaded(loads: Loads) -> None:
    """The others are duplicates of that one, not of each other."""
    outcomes = loads.load(File("a.csv", second=3), File("b.csv", second=2), File("c.csv", second=1))

    assert outcomes == ["duplicate", "duplicate", "loaded"]
    assert set(loads.column("select sentence from load_files where status = 'duplicate'")) == {
        "The same content came before as c.csv."
    }


def test_a_duplicate_of_a_duplicate_names_the_key_that_is_loaded(loads: Loads) -> None:
    """The oldest key is the one whose file has the sales."""
    loads.load(File("z.csv"))
    loads.load(File("a.csv", second=1))

    loads.load(File("m.csv", second=2))

    assert loads.column("select sentence from load_files where object_key = 'm.csv'") == [
        "The same content came before as z.csv."
    ]


def test_a_content_that_its_key_no_longer_states_is_no_original(loads: Loads) -> None:
    """The sales of the earlier file went when it was corrected."""
    loads.load(File("a.csv", (ANN,)))
    loads.load(File("a.csv", (BOB,), second=1))

    assert loads.load(File("b.csv", (ANN,), second=2)) == ["loaded"]

    assert names(loads) == ["ann", "bob"]


def test_nor_is_one_that_the_same_batch_corrects_before(loads: Loads) -> None:
    """A batch is as good as its files one after the other: when the copy's turn comes, the content is gone."""
    loads.load(File("a.csv", (ANN,)))

    assert loads.load(File("a.csv", (BOB,), second=2), File("b.csv", (ANN,), second=3)) == ["loaded"] * 2

    assert names(loads) == ["ann", "bob"]


def test_one_that_the_same_batch_corrects_later_is_an_original(loads: Loads) -> None:
    """When the copy's turn comes, the content is loaded; the copy states nothing, and the correction drops it."""
    loads.load(File("a.csv", (ANN,)))

    outcomes = loads.load(File("a.csv", (BOB,), second=2), File("b.csv", (ANN,), second=1))

    assert outcomes == ["loaded", "duplicate"]
    assert names(loads) == ["bob"]


def test_a_duplicate_states_nothing_when_its_original_is_corrected(loads: Loads) -> None:
    """Ownership never falls back: what the correction leaves out is gone, and stays so when the copy comes again."""
    loads.load(File("a.csv", (ANN, BOB)))
    loads.load(File("copy.csv", (ANN, BOB), second=1))

    assert loads.load(File("a.csv", (BOB,), second=2)) == ["loaded"]
    assert loads.load(File("copy.csv", (ANN, BOB), second=3)) == ["unchanged"]

    assert names(loads) == ["bob"]
    assert loads.ledger() == [
        (1, "a.csv", "superseded", 3),
        (2, "copy.csv", "duplicate", None),
        (3, "a.csv", "loaded", None),
    ]


def test_what_only_a_duplicate_holds_is_no_original(loads: Loads) -> None:
    """Under a third key the content is loaded, since nothing of it stands in the warehouse."""
    loads.load(File("a.csv", (ANN,)))
    loads.load(File("copy.csv", (ANN,), second=1))

    assert loads.load(File("a.csv", (BOB,), second=2), File("c.csv", (ANN,), second=3)) == [
        "loaded",
        "loaded",
    ]

    assert names(loads) == ["ann", "bob"]


def test_a_duplicate_may_be_corrected(loads: Loads) -> None:
    """What the first key states stays."""
    loads.load(File("a.csv", (ANN,)))
    loads.load(File("b.csv", (ANN,), second=1))

    assert loads.load(File("b.csv", (BOB,), second=2)) == ["loaded"]

    assert names(loads) == ["ann", "bob"]
    assert loads.ledger()[1:] == [(2, "b.csv", "superseded", 3), (3, "b.csv", "loaded", None)]


def test_a_correction_may_be_a_duplicate(loads: Loads) -> None:
    """The sales of the version before go, though none come."""
    loads.load(File("a.csv", (ANN,)), File("b.csv", (BOB,)))

    assert loads.load(File("b.csv", (ANN,), second=1)) == ["duplicate"]

    assert names(loads) == ["ann"]


def test_a_refused_file_is_told_with_reason_and_rows(loads: Loads) -> None:
    """It brings no sale, but the ledger knows it."""
    assert loads.load(UNREADABLE) == ["refused"]

    assert loads.rows("select status, reason, sentence, rows_read, rows_loaded from load_files") == [
        ("refused", "no_columns", "Nobody can read it.", 2, 0)
    ]
    assert loads.column("select line_number from rejected_rows where file_id = 1 order by 1") == [1, 2]
    assert loads.sales() == []


def test_the_same_refusal_again_changes_nothing(loads: Loads) -> None:
    """Neither row of it is doubled."""
    loads.load(UNREADABLE)
    before = loads.everything()

    assert loads.load(UNREADABLE, UNREADABLE) == ["refused", "refused"]

    assert loads.everything() == before


def test_the_same_refused_content_uploaded_again_keeps_one_row(loads: Loads) -> None:
    """The row speaks of the newest version, which is the one that lies in the raw bucket."""
    again = File(
        sales=(), reason="no_columns", rejections=UNREADABLE.rejections, content="gibberish", second=7
    )
    loads.load(UNREADABLE)

    assert loads.load(again) == ["refused"]

    assert marks(loads) == [(again.version_id, "", 7)]
    assert loads.column("select count(*) from rejected_rows") == [2]
    assert loads.load(UNREADABLE) == ["refused"]
    assert marks(loads) == [(again.version_id, "", 7)]


def test_a_good_file_loads_after_a_refused_one_under_its_key(loads: Loads) -> None:
    """A refusal states nothing, so there is nothing to replace."""
    loads.load(UNREADABLE)

    assert loads.load(NOON) == ["loaded"]

    assert loads.ledger() == [(1, "leeds.csv", "refused", None), (2, "leeds.csv", "loaded", None)]


def test_a_refused_file_replaces_nothing(loads: Loads) -> None:
    """What its key stated before stands, also when both come in one batch."""
    late = File(sales=(), reason="no_columns", content="gibberish", second=9)

    assert loads.load(MORNING, late) == ["loaded", "refused"]

    assert names(loads) == ["ann"]


def test_a_refusal_is_forgotten_when_its_content_can_be_read(loads: Loads) -> None:
    """A format was added: its row says by which file it was superseded."""
    readable = File(sales=(ANN,), content="gibberish")
    loads.load(UNREADABLE)

    assert loads.load(readable) == ["loaded"]

    assert loads.ledger() == [(1, "leeds.csv", "superseded", 2), (2, "leeds.csv", "loaded", None)]
    assert loads.load(UNREADABLE) == ["unchanged"]
    assert names(loads) == ["ann"]


def test_files_are_numbered_in_the_order_of_their_upload(loads: Loads) -> None:
    """Not in that of the messages; numbers go on where the ledger ends."""
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
