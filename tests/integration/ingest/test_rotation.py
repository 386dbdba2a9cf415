"""After a new hash key some sales count twice, as the runbook says."""

import pytest

from chalicelib.ingest import handler as ingest_handler
from tests.support.pipeline import HASH_KEY, SECRET, Pipeline, csv_of, sale

pytestmark = pytest.mark.engines("postgres", "redshift")

MORNING = csv_of(sale(1), sale(2))
WHOLE_DAY = csv_of(sale(1), sale(2), sale(3))
CORRECTED = csv_of(sale(1))


def rotate(pipeline: Pipeline, key: str) -> None:
    """Change the secret, and forget the hash key as a cold start does."""
    pipeline.clients.secrets.put_secret_value(SecretId=SECRET, SecretString=key)
    ingest_handler.fetched_hash_key.cache_clear()


@pytest.fixture
def rotated(pipeline: Pipeline) -> Pipeline:
    """Return a pipeline that has loaded a morning under one hash key and has a new one now."""
    pipeline.run(**{"morning.csv": MORNING})
    rotate(pipeline, "f0" * 32)
    return pipeline


@pytest.fixture(autouse=True)
def original_key(pipeline: Pipeline) -> object:
    """Restore the hash key after each test."""
    yield
    rotate(pipeline, HASH_KEY)


def test_a_customer_is_a_new_one_under_a_new_key(rotated: Pipeline) -> None:
    """Each of the two rows has the id of its own key."""
    rotated.run(**{"evening.csv": csv_of(sale(40))})

    assert rotated.rows(
        "select count(*), count(distinct hash_key_id), count(distinct customer_hash) from customers"
    ) == [(2, 2, 2)]


def test_an_overlapping_export_counts_twice(rotated: Pipeline) -> None:
    """Therefore keys are rotated at night."""
    rotated.run(**{"day.csv": WHOLE_DAY})

    assert rotated.rows("select count(*) from transactions") == [(2 + 3,)]


def test_a_corrected_file_and_one_sent_again_count_once(rotated: Pipeline) -> None:
    """Files are recognised by name and content, whatever the hash key."""
    rotated.run(**{"morning.csv": MORNING})
    assert rotated.rows("select count(*) from transactions") == [(2,)]

    rotated.run(**{"morning.csv": CORRECTED})
    assert rotated.rows("select count(*) from transactions") == [(1,)]


def test_a_warm_function_keeps_its_key(pipeline: Pipeline) -> None:
    """The secret is fetched once a cold start."""
    pipeline.run(a=csv_of(sale(1)))
    pipeline.clients.secrets.put_secret_value(SecretId=SECRET, SecretString="f0" * 32)
    pipeline.run(b=csv_of(sale(2)))

    assert pipeline.rows("select count(distinct hash_key_id) from load_files") == [(1,)]
