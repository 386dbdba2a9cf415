-- next_day: one row: the first day with sales of any store after a day; null if there is none.
-- Reads load_files, file_days; parameter: day.
select min(file_days.sold_on) as next_day
from load_files
inner join file_days on load_files.sales_file_id = file_days.file_id
where file_days.sold_on > %(day)s;
