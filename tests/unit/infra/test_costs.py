"""The bill on docs/costs.md: its lines add up, its promises hold, and its assumptions are those of the templates."""

import re
from decimal import Decimal

import pytest
from click.testing import CliRunner

from infra import cost_tables, costs, prices, template
from infra.cli import main
from infra.costs import TEN, THOUSAND
from infra.names import config
from local.state import PROJECT
from tests.unit.project.test_documents import section

PAGE = "docs/costs.md"


def column(place: int) -> list[Decimal]:
    """Return the dollars of one column of the bill as the page shows them; the last figure is the sum."""
    return dollars(section(PAGE, "## Line by line"), place)


def dollars(markdown: str, place: int) -> list[Decimal]:
    """Return the figures of one column of the table in a text."""
    rows = [line.strip("|").split("|") for line in markdown.splitlines() if line.startswith("|")]
    return [Decimal(row[place].strip("* ")) for row in rows[2:]]


@pytest.mark.parametrize(("place", "promise"), [(3, 10), (5, 100)])
def test_the_lines_on_the_page_add_up_to_less_than_it_promises(place: int, promise: int) -> None:
    *lines, total = column(place)

    assert sum(lines) == total < promise
    assert len(lines) > 15


def test_the_page_has_the_tables_that_the_command_prints() -> None:
    page = (PROJECT / PAGE).read_text(encoding="utf-8")
    printed = CliRunner().invoke(main, ["costs"]).output

    assert printed == "\n\n".join(cost_tables.document_tables()) + "\n"
    assert [each for each in cost_tables.document_tables() if each not in page] == []


def test_every_price_has_a_source() -> None:
    """It was looked up, or the page says that it was not."""
    used = {line.price for chain in (TEN, THOUSAND) for line in costs.bill(chain)}

    assert used <= set(prices.PRICES)
    assert all(re.search("found|memory", price.source) for price in prices.PRICES)


def test_the_bill_is_of_the_defaults() -> None:
    parameters = template.load()["Parameters"]
    functions = config(PROJECT)["lambda_functions"]
    alarms = [
        body
        for body in template.build(PROJECT, "prod")["Resources"].values()
        if body.get("Type") == "AWS::CloudWatch::Alarm"
    ]

    assert parameters["BaseCapacity"]["Default"] == TEN.rpu == THOUSAND.rpu
    assert parameters["DailyRpuHours"]["Default"] == 10
    assert parameters["MaxCapacity"]["Default"] == 32
    assert parameters["SweepMinutes"]["Default"] * costs.SWEEPS == cost_tables.DAY_MINUTES
    assert functions["ingest"]["lambda_memory_size"] <= costs.INGEST_GB * 1024
    assert functions["load"]["lambda_memory_size"] <= costs.LOAD_GB * 1024
    assert functions["sweep"]["lambda_memory_size"] <= costs.SMALL_GB * 1024
    assert functions["summarise"]["lambda_memory_size"] <= costs.SMALL_GB * 1024
    assert len(alarms) <= costs.ALARMS


def test_the_daily_limit_leaves_room_for_the_loads() -> None:
    """Otherwise the warehouse would refuse the last loads of each day."""
    limit = template.load()["Parameters"]["DailyRpuHours"]["Default"]

    for chain in (TEN, THOUSAND):
        assert chain.rpu_hours / prices.DAYS < limit / 2


def test_no_wake_is_cheaper_than_redshifts_shortest_one() -> None:
    """Six loads and the morning's report: eight wakes are enough for ten stores."""
    assert min(TEN.wake_seconds, THOUSAND.wake_seconds) >= 60
    assert TEN.wakes > TEN.loads
    assert THOUSAND.wakes > THOUSAND.loads == 24


def test_a_month_is_calculated_by_hand() -> None:
    """8 wakes x 30.4 days x 70 s x 4 RPU = 18.9 RPU-hours, at 0.40."""
    [compute, storage] = costs.redshift(TEN)

    assert compute.dollars == 7.57
    assert storage.dollars == 0.01
    assert costs.total(costs.bill(TEN)) == pytest.approx(8.65, abs=0.005)


def test_another_chain_is_calculated_with_a_nat_gateway() -> None:
    printed = (
        CliRunner().invoke(main, ["costs", "--stores", "40", "--loads", "24", "--rpu", "8", "--nat"]).output
    )

    assert "| NAT gateway with its address: hours | 730 | 38.69 |" in printed
    assert "26 wakes a day of 70 s, 8 RPU" in printed
    *lines, total = dollars(printed, 3)
    assert sum(lines) == total
