"""The ways to deploy a stage: on this machine, as a stack of CloudFormation, or by Chalice."""

from pathlib import Path

from infra.errors import InfraError
from infra.names import LOCAL, variables


def has_template(project: Path, stage: str) -> bool:
    """Tell whether a stage is a stack, not deployed by Chalice; raise `InfraError` if there is no such stage."""
    return variables(project, stage).get("RAW_NOTIFICATION") == "template"


def require_stack(project: Path, stage: str) -> None:
    """Raise `InfraError`, with the command to use, unless a stage is a stack."""
    _refuse_local(stage)
    if not has_template(project, stage):
        raise InfraError(f"The stage {stage} is not a stack: `make deploy STAGE={stage}` deploys it.")


def require_chalice(project: Path, stage: str) -> None:
    """Raise `InfraError`, with the command to use, unless Chalice deploys a stage to AWS."""
    _refuse_local(stage)
    if has_template(project, stage):
        raise InfraError(
            f"The stage {stage} is a stack: `make package` and `make release STAGE={stage}` deploy it."
        )


def _refuse_local(stage: str) -> None:
    if stage == LOCAL:
        raise InfraError("The stage local runs on this machine: `python -m local up` starts it.")
