"""The union: which sales count, and how often, when files state some of the same sales. It knows nothing else.

Two rows of one file are two sales. Equal rows of two files are one sale.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable

from tests.support.stated_sales import Sale, Visit

Counted = tuple[object, ...]
"""Store key, time, payment, total, items and customer; the customer of a nameless sale is empty."""


def union(contents: Iterable[Iterable[Sale]]) -> Counter[Counted]:
    """Return each sale that counts, with how often it counts, if these are the contents of all current files."""
    statements: dict[Visit, list[Counter[str]]] = defaultdict(list)
    for sales in contents:
        for visit, customers in _visits(sales).items():
            statements[visit].append(customers)
    return Counter(
        {
            (*visit, customer): count
            for visit, files in statements.items()
            for customer, count in counts(files).items()
        }
    )


def _visits(sales: Iterable[Sale]) -> dict[Visit, Counter[str]]:
    """Return, for each visit of one file, how many rows each customer has."""
    visits: dict[Visit, Counter[str]] = defaultdict(Counter)
    for sale in sales:
        visits[sale.visit][sale.customer_key] += 1
    return visits


def counts(files: Iterable[Counter[str]]) -> Counter[str]:
    """Return how many sales of each customer count in one visit, of which each file states some.

    A customer's sales count as often as the file with most of them has them. Nameless sales only fill up: some may be
    sales of the customers that another file names.
    """
    # {ann: 1, bob: 1} and {nameless: 3} -> ann 1, bob 1, nameless 1
    # {ann: 2} and {ann: 1, bob: 1} -> ann 2, bob 1
    rows = list(files)
    named: Counter[str] = Counter()
    for customers in rows:
        named |= Counter({customer: count for customer, count in customers.items() if customer})
    most_rows = max((customers.total() for customers in rows), default=0)
    return named + Counter({"": most_rows - named.total()})
