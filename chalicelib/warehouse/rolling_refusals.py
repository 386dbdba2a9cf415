"""The refusals under names without a day, before version 5: Python reads the names, so a migration alone cannot."""

from chalicelib.reading.file_names import is_rolling
from chalicelib.warehouse.connection import Warehouse


def keep_waiting(warehouse: Warehouse) -> None:
    """Let each refusal under a rolling name wait, within the migration to version 5: no version takes its place."""
    keys = warehouse.execute(
        "select distinct object_key from load_files where status = 'refused' and superseded_by is not null"
    )
    rolling = tuple(object_key for (object_key,) in keys if is_rolling(object_key))
    if rolling:
        warehouse.execute(
            "update load_files set superseded_by = null where status = 'refused' and object_key in %s",
            (rolling,),
        )
