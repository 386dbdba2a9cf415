"""Ways to ask that need nothing but statements: the rows that a query returns, or a statement that is refused."""

from typing import Any

from chalicelib.errors import WarehouseError
from infra.probe.model import Ask, Finding, Verdict, judged
from infra.probe.sessions import Probe, Session


def returns(*statements: str, expected: tuple[Any, ...], parameters: tuple[Any, ...] = ()) -> Ask:
    """Return a function that passes if the last statement, with these parameters, returns the expected row."""

    def ask(probe: Probe) -> Finding:
        *earlier, last = statements
        _sent_in_transaction(probe.main, earlier)
        row, *_ = probe.main.execute(last, parameters or None)
        return judged(row == expected, ", ".join(map(repr, row)))

    return ask


def refuses(*statements: str) -> Ask:
    """Return a function that passes if the last statement is refused, and the ones before it are not."""

    def ask(probe: Probe) -> Finding:
        *earlier, last = statements
        _sent_in_transaction(probe.main, earlier)
        try:
            probe.main.execute(last)
        except WarehouseError as exc:
            return Finding(Verdict.PASS, str(exc))
        return Finding(Verdict.FAIL, "it was accepted")

    return ask


def _sent_in_transaction(session: Session, statements: list[str]) -> None:
    """Send statements; the transaction stays open, and is rolled back after the question."""
    session.execute("begin")
    for statement in statements:
        session.execute(statement)
