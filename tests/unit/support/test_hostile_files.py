"""The hostile files are what the reference ledger takes them for."""

import pytest

from tests.support.hostile_files import BAD_KEYS, HOSTILE, KEYS, under
from tests.support.staged_parts import stage_each_way


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("key", ["sales.csv", KEYS[0], BAD_KEYS[0]])
def test_a_hostile_file_is_refused_or_gives_its_honest_rows(name: str, key: str) -> None:
    content = under(key, HOSTILE[name])
    staged = stage_each_way(content.data, object_key=key)

    assert staged.reason == content.reason
    assert sorted(staged.reasons) == list(content.rejected)
    assert [int(row[0]) for row in staged.sales] == [line for line, _ in content.sales]
    assert staged.request.total == sum(sale.total for _, sale in content.sales)
