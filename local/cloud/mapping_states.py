"""Event source mappings as Lambda has them: one that was just made or changed is busy for a moment.

Lambda also finds them by the name of their function; moto only if they were made with the name, and not the ARN.
"""

import time
from typing import Any, Final

from moto.awslambda.models import EventSourceMapping, LambdaBackend
from moto.core.exceptions import JsonRESTError

BUSY_SECONDS: Final = 0.3
"""How long a mapping is Creating or Updating; with Lambda it may be a minute."""

IN_USE: Final = "Cannot update the event source mapping because it is in use."

# The originals, taken once at import: `install` runs once per cloud, and must not wrap its own functions again.
_create = LambdaBackend.create_event_source_mapping
_update = LambdaBackend.update_event_source_mapping
_configuration = EventSourceMapping.get_configuration


class MappingInUseError(JsonRESTError):
    """Lambda's answer to a change of a mapping that is busy."""

    code = 400

    def __init__(self) -> None:
        super().__init__("ResourceInUseException", IN_USE)


def install() -> None:
    """Give moto's mappings the states Creating and Updating, in which Lambda refuses a change."""

    def create(self: Any, spec: dict[str, Any]) -> Any:
        mapping = _create(self, spec)
        mapping.function_name = mapping.function_arn.rpartition(":")[2]
        _keep_busy(mapping, "Creating")
        return mapping

    def update(self: Any, uuid: str, spec: dict[str, Any]) -> Any:
        mapping = self.get_event_source_mapping(uuid)
        if mapping and _is_busy(mapping):
            raise MappingInUseError
        updated = _update(self, uuid, spec)
        if updated and spec.keys() - {"Enabled"}:
            _keep_busy(updated, "Updating")
        return updated

    def configuration(self: Any) -> dict[str, Any]:
        described = _configuration(self)
        return {**described, "State": self.busy_state} if _is_busy(self) else described

    LambdaBackend.create_event_source_mapping = create  # type: ignore[method-assign]
    LambdaBackend.update_event_source_mapping = update  # type: ignore[method-assign]
    EventSourceMapping.get_configuration = configuration  # type: ignore[method-assign]


def _keep_busy(mapping: Any, state: str) -> None:
    mapping.busy_state = state
    mapping.busy_until = time.monotonic() + BUSY_SECONDS


def _is_busy(mapping: Any) -> bool:
    return time.monotonic() < getattr(mapping, "busy_until", 0.0)
