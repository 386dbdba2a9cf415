"""Values of the Data API look as psql prints them."""

import pytest

from infra.psql_csv import Field, line, value


@pytest.mark.parametrize(
    ("field", "type_name", "text"),
    [
        ({"isNull": True}, "int8", ""),
        ({"stringValue": ""}, "varchar", ""),
        ({"booleanValue": True}, "bool", "t"),
        ({"booleanValue": False}, "bool", "f"),
        ({"longValue": 0}, "int4", "0"),
        ({"stringValue": "454.20"}, "numeric", "454.20"),
        ({"stringValue": "2022-03-14"}, "date", "2022-03-14"),
        ({"stringValue": "2022-03-14 09:00:00"}, "timestamp", "2022-03-14 09:00:00"),
        ({"stringValue": "2022-03-14 09:00:00.0"}, "timestamp", "2022-03-14 09:00:00"),
        ({"stringValue": "2022-03-14 09:00:00.250000"}, "timestamp", "2022-03-14 09:00:00.25"),
        ({"stringValue": "2022-03-14 09:00:00.0+00"}, "timestamptz", "2022-03-14 09:00:00+00"),
        ({"stringValue": "1.0"}, "varchar", "1.0"),
        ({"blobValue": b"\x00\xff"}, "varbyte", "\\x00ff"),
    ],
)
def test_a_value_is_text_as_psql_prints_it(field: Field, type_name: str, text: str) -> None:
    assert value(field, type_name) == text


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (["Leeds", "", "4.60"], "Leeds,,4.60"),
        ([""], ""),
        (["Tea, green", 'the "best"', "a\nb", "a\rb"], '"Tea, green","the ""best""","a\nb","a\rb"'),
        ([" blank ", "\\.", "\\N", ";"], ' blank ,"\\.",\\N,;'),
    ],
)
def test_a_line_quotes_what_psql_quotes_and_nothing_else(values: list[str], text: str) -> None:
    assert line(values) == text
