"""The statuses of a stack of CloudFormation: whether a release may change it, and what to do in each of them."""

from typing import Final

NEVER_RELEASED: Final = frozenset({"", "REVIEW_IN_PROGRESS", "DELETE_COMPLETE"})
"""The statuses of a stack without resources. A first change set alone leaves a stack in review."""

READY: Final = frozenset(
    {
        "CREATE_COMPLETE",
        "IMPORT_COMPLETE",
        "IMPORT_ROLLBACK_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
    }
)
"""The statuses of a stack that CloudFormation updates."""

FORWARD: Final = "CloudFormation is still at work on the stack. Wait until it has ended, and release again."
BACKWARD: Final = (
    "CloudFormation is taking a release back. Wait until it has ended, mend the cause, and release again."
)

ADVICE: Final = {
    "": "There is no stack {stack} yet: `make release STAGE={stage}` creates it.",
    "CREATE_COMPLETE": "The release is complete.",
    "CREATE_FAILED": (
        "The first release failed and was not taken back. Mend the cause, delete what there is of the stack with"
        " `make destroy STAGE={stage}`, and release again."
    ),
    "CREATE_IN_PROGRESS": FORWARD,
    "DELETE_COMPLETE": (
        "The stack is deleted. If its data is still there, `python -m infra import-data --stage {stage}` takes it into"
        " a new stack; then release again."
    ),
    "DELETE_FAILED": (
        "Mend the cause, and run `make destroy STAGE={stage}` again. If a resource cannot be deleted, leave it out with"
        " `aws cloudformation delete-stack --stack-name {stack} --retain-resources <its name>`, and delete it by hand."
    ),
    "DELETE_IN_PROGRESS": "CloudFormation is deleting the stack. Wait until it has ended, and release again.",
    "IMPORT_COMPLETE": "The data is imported, and the stack has nothing else yet: release again.",
    "IMPORT_IN_PROGRESS": FORWARD,
    "IMPORT_ROLLBACK_COMPLETE": "The import failed and was taken back. Mend the cause, and release again.",
    "IMPORT_ROLLBACK_FAILED": (
        "The import failed and could not be taken back. Mend the cause, delete the stack with `make destroy"
        " STAGE={stage}`, which keeps the data, and release again."
    ),
    "IMPORT_ROLLBACK_IN_PROGRESS": BACKWARD,
    "REVIEW_IN_PROGRESS": "The stack has a change set and no resources: `make release STAGE={stage}` creates them.",
    "ROLLBACK_COMPLETE": (
        "The first release failed and left an empty stack. Mend the cause, delete the stack with `make destroy"
        " STAGE={stage}`, and release again."
    ),
    "ROLLBACK_FAILED": (
        "The first release failed, and CloudFormation could not delete all of it. Mend the cause, delete the rest with"
        " `make destroy STAGE={stage}`, and release again."
    ),
    "ROLLBACK_IN_PROGRESS": BACKWARD,
    "UPDATE_COMPLETE": "The release is complete.",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": FORWARD,
    "UPDATE_FAILED": (
        "The release failed and was not taken back. Mend the cause, take the release back with"
        " `aws cloudformation rollback-stack --stack-name {stack}`, and release again."
    ),
    "UPDATE_IN_PROGRESS": FORWARD,
    "UPDATE_ROLLBACK_COMPLETE": "The stack is as it was before. Mend the cause, and release again.",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": BACKWARD,
    "UPDATE_ROLLBACK_FAILED": (
        "CloudFormation could not take all of the release back. Mend the cause, and let it go on with"
        " `aws cloudformation continue-update-rollback --stack-name {stack}`; `--resources-to-skip <its name>` leaves"
        " out a resource that cannot be taken back. Then release again."
    ),
    "UPDATE_ROLLBACK_IN_PROGRESS": BACKWARD,
}
"""What to do in each status that CloudFormation has, and without a stack."""


def advice(status: str, stack: str, stage: str) -> str:
    """Return sentences on what to do with a stack in a status; an empty status means that there is no stack."""
    unknown = "See https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html."
    return ADVICE.get(status, unknown).format(stack=stack, stage=stage)


def has_functions(status: str) -> bool:
    """Tell whether a stack in a status was released once, so that it has functions."""
    return status == "CREATE_COMPLETE" or status.startswith("UPDATE_")
