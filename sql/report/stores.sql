-- stores: one row for each store, with the key by which names are compared.
-- Reads stores.
select
    stores.store_name,
    stores.store_key
from stores
order by stores.store_name;
