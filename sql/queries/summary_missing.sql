-- summary_missing: one row for each store that is expected to have sales on a day, and has none.
-- Reads store_days; parameter: day.
select store_days.store_name
from store_days
where store_days.sold_on = %(day)s and store_days.is_missing;
