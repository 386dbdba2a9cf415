-- expected_days: one row for each store and day on which it sold something or is missing.
-- Reads store_days; parameters: since and until, days; store_name, empty for all.
select
    store_days.store_name,
    store_days.sold_on,
    store_days.is_missing
from store_days
where store_days.sold_on between %(since)s and %(until)s and %(store_name)s in ('', store_days.store_name)
order by store_days.store_name, store_days.sold_on;
