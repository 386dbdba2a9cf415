"""Every output of a stack is on the page that says what it is for."""

import re
from pathlib import Path

import pytest

from local.state import PROJECT
from tests.unit.infra.test_bootstrap import template

STACKS = {"bootstrap": "ads-resources", "network": "cafe-etl-network", "template": "ads-resources-stack-cf"}


def described() -> dict[str, str]:
    """Return the outputs of docs/deploy.md, each with its stack."""
    page = (PROJECT / "docs" / "deploy.md").read_text(encoding="utf-8")
    section = page.partition("### Which output goes where")[2].partition("\n### ")[0]
    rows = re.findall(r"^\| (`.*?`) \| `([\w-]+)` \|", section, re.MULTILINE)
    return {output: stack for outputs, stack in rows for output in re.findall(r"`(\w+)`", outputs)}


@pytest.mark.parametrize("name", STACKS)
def test_the_deploy_page_has_every_output(name: str) -> None:
    outputs = {output for output, stack in described().items() if stack == STACKS[name]}

    assert outputs == set(template(name)["Outputs"])


@pytest.mark.parametrize("document", ["deploy", "stores", "connect", "redshift-first-hour"])
def test_a_placeholder_that_is_an_output_is_on_the_deploy_page(document: str) -> None:
    """<CopyRoleArn> is such a placeholder, <account> is none."""
    text = Path(PROJECT / "docs" / f"{document}.md").read_text(encoding="utf-8")
    placeholders = set(re.findall(r"<([A-Z]\w+)>", text)) - {"AdminSecretArn", "ARN"}

    assert placeholders <= set(described())
