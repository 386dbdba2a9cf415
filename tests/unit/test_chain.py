"""What belongs to one chain of cafes, in one file."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chalicelib import chain
from chalicelib.errors import SettingsError
from chalicelib.reading import formats, payments
from local.state import PROJECT


def test_the_entries_of_the_file_are_those_by_which_files_are_read() -> None:
    assert (chain.CHAIN.sizes, chain.CHAIN.names) == (formats.SIZES, formats.NAMES)
    assert dict(chain.CHAIN.sizes) == {"regular": "Regular", "large": "Large"}
    assert chain.CHAIN.payments.items() <= payments.TYPES.items()


def test_a_chain_has_sizes_names_payments_and_stores_of_its_own() -> None:
    """Each size is a word for itself, whether it is written so or not: archive copies have it."""
    entries = chain.read(
        'names = ["A, B"]\nmonth_first_stores = ["New  York"]\n[sizes]\nLG = "Large"\n[payments]\ncheque = "OTHER"\n'
    )

    assert entries.sizes == {"lg": "Large", "large": "Large"}
    assert (entries.names, entries.payments) == (("A, B",), {"cheque": "OTHER"})
    assert entries.month_first_stores == {"new york"}


def test_a_file_may_have_no_entry() -> None:
    assert chain.read("").sizes == {}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("sizes = [", "it is not TOML: "),
        ("size = 1", "it has an entry `size`, which is not known."),
        ("sizes = 1", "`sizes` is not a table."),
        ('sizes = {"very large" = "Large"}', "the size `very large` is not one word"),
        ('sizes = {large = "L-1"}', "the size `L-1` is not one word"),
        ("sizes = {large = 1}", "an entry of `sizes.large` is not a text."),
        ('sizes = {large = "Big", lg = "Large"}', "the size `Large` is also a word for another size."),
        ('names = "Ham, Egg"', "`names` is not a list."),
        ('names = [""]', "an entry of `names` is not a text."),
        ('names = ["Latte"]', "the name `Latte` has neither a comma nor a dash between spaces."),
        ('payments = {cheque = "CHEQUE"}', "the payment of `cheque` is not one of CARD, CASH, OTHER."),
        ("month_first_stores = [1]", "an entry of `month_first_stores` is not a text."),
    ],
)
def test_a_bad_entry_is_named_in_one_sentence(text: str, fault: str) -> None:
    with pytest.raises(SettingsError) as caught:
        chain.read(text)

    sentence = str(caught.value)
    assert sentence.startswith(f"The chain's file chain.toml cannot be used: {fault}")
    assert (sentence.count("\n"), sentence[-1]) == (0, ".")


def test_a_command_ends_with_that_sentence(tmp_path: Path) -> None:
    for folder in ("chalicelib", "local"):
        shutil.copytree(PROJECT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "chalicelib" / "chain.toml").write_text("sizes = 1", encoding="utf-8")
    command = [sys.executable, "-m", "local", "check", str(PROJECT / "samples" / "stock_list.csv")]

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    sentence = "The chain's file chain.toml cannot be used: `sizes` is not a table.\n"
    assert (done.returncode, done.stdout + done.stderr) == (2, sentence)
