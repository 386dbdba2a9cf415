-- last_day: one row: the newest day with sales, of a store or, without a name, of all; null if there is none.
-- Read from the ledger as in the view store_days. Reads load_files, file_days, stores; parameter: store_name.
select max(file_days.sold_on) as last_day
from load_files
inner join file_days on load_files.sales_file_id = file_days.file_id
inner join stores on file_days.store_key = stores.store_key
where %(store_name)s in ('', stores.store_name);
