-- PostgreSQL only: the indexes that a load and the usual questions look things up by. None of them is unique:
-- Redshift would not enforce it, so nothing may rely on it.
create index if not exists transactions_by_id on transactions (transaction_id);
create index if not exists transactions_by_store_and_time on transactions (store_id, sold_at);
create index if not exists baskets_by_transaction on baskets (transaction_id);
create index if not exists customers_by_hash on customers (customer_hash);
create index if not exists load_files_by_key on load_files (object_key);
create index if not exists load_files_by_content on load_files (content_sha256);
create index if not exists rejected_rows_by_file on rejected_rows (file_id);
