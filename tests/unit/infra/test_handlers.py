"""The role for CloudFormation has the permissions that AWS's handlers of the stack's resources ask for."""

import pytest

from infra.template import build
from local.state import PROJECT
from tests.support.handlers import OF_PROPERTIES, WITHHELD, asked, handled, schema, withheld
from tests.unit.infra.test_bootstrap import actions
from tests.unit.project.test_documents import section, table

RESOURCES = build(PROJECT, "prod")["Resources"]
TYPES = handled(body["Type"] for body in RESOURCES.values() if "Type" in body)
GRANTED = actions("ExecutionRole")


def properties(kind: str) -> set[str]:
    """Return the properties that the stack's resources of a type have."""
    bodies = [body for body in RESOURCES.values() if kind in handled([body.get("Type", "")])]
    return {name for body in bodies for name in body.get("Properties", {})}


@pytest.mark.parametrize("kind", TYPES)
def test_the_role_has_what_the_handlers_ask_for(kind: str) -> None:
    """Without it CloudFormation would fail in the midst of a release, or of the rollback after it."""
    assert asked(kind)
    assert asked(kind) - GRANTED == {name for name, _ in withheld(kind)}


@pytest.mark.parametrize("kind", sorted(OF_PROPERTIES))
def test_a_permission_that_is_left_out_is_for_a_property_that_the_stack_has_not(kind: str) -> None:
    """A property in the template needs its permissions in the role."""
    assert OF_PROPERTIES[kind].keys() <= schema(kind)["properties"].keys()
    assert not OF_PROPERTIES[kind].keys() & properties(kind)


def test_what_is_withheld_is_asked_for() -> None:
    """Otherwise the list would hide more and more."""
    assert WITHHELD.keys() <= {name for kind in TYPES for name in asked(kind)} - GRANTED


@pytest.mark.parametrize("kind", TYPES)
def test_the_page_has_the_permissions_of_every_type(kind: str) -> None:
    [row] = [row for row in plain("### What the handlers ask for") if row[0] == kind]

    assert row[1] == (", ".join(sorted(asked(kind) & GRANTED)) or "none")


def test_the_page_has_every_permission_that_is_left_out() -> None:
    rows: dict[str, set[str]] = {}
    for kind in TYPES:
        for name, reason in withheld(kind):
            rows.setdefault(reason, set()).add(name)

    assert [[reason, ", ".join(sorted(names))] for reason, names in sorted(rows.items())] == plain(
        "### What the role does without"
    )


def plain(heading: str) -> list[list[str]]:
    """Return the cells of a table on the page of permissions, without code marks."""
    return [[cell.replace("`", "") for cell in row] for row in table(section("docs/permissions.md", heading))]
