-- PostgreSQL only: the indexes for a load and for the usual questions. None of them is unique: Redshift would not
-- enforce it, so nothing may rely on it. They are trees: a load that follows a rush finds its rows by them at once, while
-- block ranges would have to wait for autovacuum. Ids only grow, so their trees grow at the end, which costs a load little.
drop index if exists transactions_by_time;
drop index if exists customers_by_hash;
drop index if exists transactions_by_id, baskets_by_transaction;
drop index if exists kept_aside_by_time;
create index if not exists transactions_by_number on transactions (transaction_id);
create index if not exists transactions_by_store on transactions (store_id, sold_at);
create index if not exists baskets_by_number on baskets (transaction_id);
create index if not exists customers_by_store on customers (store_id, customer_hash);
create index if not exists kept_aside_by_id on kept_aside (transaction_id);
create index if not exists kept_aside_by_store on kept_aside (store_id, sold_at);
create index if not exists load_files_by_id on load_files (file_id);
create index if not exists load_files_by_key on load_files (object_key);
create index if not exists load_files_by_content on load_files (content_sha256);
create index if not exists file_days_by_file on file_days (file_id);
create index if not exists rejected_rows_by_file on rejected_rows (file_id);
