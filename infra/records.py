"""Chalice's record of the functions of a stack, so that `chalice invoke` and `chalice logs` find them."""

import json
from pathlib import Path

from infra.accounts import Account
from infra.names import Names, config, partition


def write(project: Path, stage: str, account: Account) -> list[Path]:
    """Write `.chalice/deployed/<stage>.json` if it differs; return it in a list, which is empty if it does not.

    `app.py` keeps `chalice deploy` and `chalice delete` off the stack, whatever the record says.
    """
    names = Names.of(project, stage)
    place = f"{account.region}:{account.number}"
    resources = [
        {
            "name": function,
            "resource_type": "lambda_function",
            "lambda_arn": f"arn:{partition(account.region)}:lambda:{place}:function:{names.function(function)}",
        }
        for function in config(project)["lambda_functions"]
    ]
    text = json.dumps({"resources": resources, "schema_version": "2.0", "backend": "api"}, indent=2) + "\n"
    path = project / ".chalice" / "deployed" / f"{stage}.json"
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return []
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return [path]
