"""The keys of stores that were loaded before there were such keys: Python makes them, so a migration cannot."""

from chalicelib.normalisation import store_key
from chalicelib.warehouse.connection import Warehouse
from chalicelib.warehouse.scripts import script


def fill(warehouse: Warehouse) -> None:
    """Give each store its key, and each current file its stores and days, within the migration to version 4.

    Of several stores with one key, such as `Leeds` and `LEEDS`, the one with the lowest id gets it: new sales are that
    one's. The others keep their sales and an empty key.
    """
    warehouse.execute(
        "create temp table keys_of_stores (store_id bigint not null, store_key varchar(200) not null)"
    )
    stores = warehouse.execute("select store_id, store_name from stores order by store_id")
    keys = [(store_id, store_key(store_name)) for store_id, store_name in stores]
    if keys:
        warehouse.insert("keys_of_stores", ("store_id", "store_key"), keys)
    first = {key: store_id for store_id, key in reversed(keys)}
    for key, store_id in first.items():
        warehouse.execute("update stores set store_key = %s where store_id = %s", (key, store_id))
    warehouse.run(script("migrations/filled/04_file_days"))
