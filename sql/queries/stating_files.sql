-- stating_files: one row for each of these files that states sales of a store, on some days; an empty key is any store.
-- Reads file_days; parameters: file_ids, a list, store_key, since and until, days.
select distinct file_days.file_id
from file_days
where
    file_days.file_id in %(file_ids)s
    and %(store_key)s in ('', file_days.store_key)
    and file_days.sold_on between %(since)s and %(until)s;
