-- PostgreSQL only: the indexes for a load and for the usual questions. None of them is unique: Redshift would not
-- enforce it, so nothing may rely on it. A load finds its rows by trees, which are right as soon as the rows are there.
-- Block ranges cost a load next to nothing, but after a rush they wait for autovacuum: they serve reports alone. Views
-- filter by day, which needs ranges of its own: a filter on an expression finds no index of a column.
drop index if exists transactions_by_id, baskets_by_transaction, kept_aside_by_time, file_days_by_day;
create index if not exists transactions_by_number on transactions (transaction_id);
create index if not exists baskets_by_number on baskets (transaction_id);
create index if not exists transactions_by_time on transactions
using brin (sold_at) with (pages_per_range = 16, autosummarize = on);
create index if not exists transactions_by_day on transactions
using brin (cast(sold_at as date)) with (pages_per_range = 16, autosummarize = on);
create index if not exists unknown_customers on customers (customer_id) where hash_key_id = '';
create index if not exists customers_by_hash on customers using hash (customer_hash);
create index if not exists kept_aside_by_id on kept_aside (transaction_id);
create index if not exists load_files_by_id on load_files (file_id);
create index if not exists load_files_by_key on load_files (object_key);
create index if not exists load_files_by_content on load_files (content_sha256);
create index if not exists file_days_by_file on file_days (file_id);
create index if not exists file_days_by_date on file_days using hash (sold_on);
create index if not exists rejected_rows_by_file on rejected_rows (file_id);
