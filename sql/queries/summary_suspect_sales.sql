-- summary_suspect_sales: one row: the number of suspect sales, and how many of them are in files that were loaded in
-- the hours up to a morning. File 12 has the transactions from 12000000000 on.
-- Reads suspect_sales, load_files; parameters: since and until, times in UTC.
select
    count(*) as suspect_sale_count,
    count(
        case when load_files.loaded_at >= %(since)s and load_files.loaded_at < %(until)s then 1 end
    ) as new_suspect_sale_count
from suspect_sales
inner join load_files on suspect_sales.transaction_id / 1000000000 = load_files.file_id;
