-- The variable store: all stores, for the list of choices.
select stores.store_name
from stores
order by stores.store_name;
