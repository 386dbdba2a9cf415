-- store_names: one row for each store that is known: its name.
-- Reads stores.
select stores.store_name
from stores
where stores.store_key <> '';
