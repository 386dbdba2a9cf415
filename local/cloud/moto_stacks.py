"""What moto's stacks lack for a second release: parameters that keep their values, and outputs."""

from typing import Any, Final

from moto.cloudformation.models import ChangeSet, Stack

# The original, taken once at import: `install` runs once per cloud.
_apply: Final = ChangeSet.apply


def install() -> None:
    """Let a change set take over the stack's parameters, and give the stack its outputs."""
    setattr(Stack, "stack_parameters", property(_texts))  # noqa: B010 - mypy takes no assignment to a property
    setattr(ChangeSet, "apply", _apply_with_outputs)  # noqa: B010 - nor to a method


def _texts(stack: Any) -> dict[str, Any]:
    """Return the values of parameters as texts: moto keeps the lists and numbers that it made of them."""
    return {name: _text(value) for name, value in stack.resource_map.resolved_parameters.items()}


def _text(value: Any) -> Any:
    # ["subnet-1", "subnet-2"] -> "subnet-1,subnet-2"; 30 -> "30"
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value) if isinstance(value, int | float) else value


def _apply_with_outputs(change_set: Any) -> None:
    """Execute a change set; moto would keep the outputs of the template that the stack began with, none."""
    stack = change_set.stack
    # Moto takes a parameter for changed that had its default before, and then changes resources that were never made.
    stack.resource_map.input_parameters = _texts(stack)
    _apply(change_set)
    stack.template_dict = change_set.template_dict
    stack.output_map = stack._create_output_map()  # noqa: SLF001 - moto offers no other way
