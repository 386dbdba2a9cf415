"""A warehouse that has been full for long: its rows are written by SQL, since millions of loads would take hours."""

from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

from chalicelib.warehouse.connection import Warehouse

SCRIPT: Final = Path(__file__).with_suffix(".sql")
FIRST_DAY: Final = date(2020, 1, 1)
SALES_OF_FILE: Final = 304
NEW_CUSTOMERS_OF_FILE: Final = 76
"""A quarter of the sales are of customers who come for the first time."""


class Size(NamedTuple):
    """How full the warehouse is: 300 files are some 90,000 sales of 23,000 customers."""

    files: int
    stores: int


def fill(warehouse: Warehouse, size: Size) -> int:
    """Fill an empty warehouse of PostgreSQL with day files of all stores; return the number of sales."""
    parameters = {
        **size._asdict(),
        "sales": SALES_OF_FILE,
        "new_customers": NEW_CUSTOMERS_OF_FILE,
        "first_day": FIRST_DAY,
    }
    with warehouse.transaction():
        warehouse.run(SCRIPT, parameters)
    return size.files * SALES_OF_FILE
