-- file_days: the stores and days of the files that were loaded before version 4 and are current, as far as their sales
-- still count as theirs.
-- Reads load_files, transactions and keys_of_stores, which has the key of every store; writes file_days.
insert into file_days (file_id, store_key, sold_on, sales)
select
    load_files.file_id,
    keys_of_stores.store_key,
    cast(transactions.sold_at as date) as sold_on,
    count(*) as sales
from load_files
inner join transactions on load_files.sales_file_id = transactions.file_id
inner join keys_of_stores on transactions.store_id = keys_of_stores.store_id
group by load_files.file_id, keys_of_stores.store_key, cast(transactions.sold_at as date);

drop table keys_of_stores;
