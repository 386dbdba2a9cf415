"""The isolation level of a Redshift database, which must be SNAPSHOT."""

from typing import Final

from chalicelib.errors import SchemaError, WarehouseError
from chalicelib.warehouse.connection import Warehouse

LEVEL: Final = "select database_isolation_level from svv_redshift_databases where database_name = %s"
"""On clusters and on Serverless, where STV_DB_ISOLATION_LEVEL may be missing. Everybody sees their own databases."""


def require_snapshot_isolation(warehouse: Warehouse) -> None:
    """Raise `SchemaError` if the database of a Redshift is SERIALIZABLE, as older clusters make them.

    There, a load fails whenever another transaction reads what it writes and writes what it reads. `create_database`
    checks this, and not each connection: so it costs a load nothing, and the release stops before the first file fails.
    """
    if warehouse.engine != "redshift":
        return
    # A query of its own: only Redshift's leader node knows `current_database`, and it does not compute SVV views.
    [(database,)] = warehouse.execute("select current_database()")
    try:
        levels = warehouse.execute(LEVEL, (database,))
    except WarehouseError:
        return  # the view cannot be read; loads retry the conflicts that another level would bring
    if [level.lower() for (level,) in levels] == ["serializable"]:
        raise SchemaError(
            f"The database {database} has the isolation level SERIALIZABLE: end all other sessions in it, run"
            f' `alter database "{database}" isolation level snapshot` as its owner, and call create_database again.'
        )
