-- PostgreSQL only: the indexes for a load and for the usual questions. None of them is unique: Redshift would not
-- enforce it, so nothing may rely on it. Sales come in the order of their ids, and nearly in the order of time, so
-- block ranges find them; unlike trees, block ranges cost a load next to nothing.
create index if not exists transactions_by_id on transactions
using brin (transaction_id) with (pages_per_range = 16, autosummarize = on);
create index if not exists transactions_by_time on transactions
using brin (sold_at) with (pages_per_range = 16, autosummarize = on);
create index if not exists baskets_by_transaction on baskets
using brin (transaction_id) with (pages_per_range = 16, autosummarize = on);
create index if not exists customers_by_hash on customers using hash (customer_hash);
create index if not exists kept_aside_by_id on kept_aside (transaction_id);
create index if not exists kept_aside_by_time on kept_aside (sold_at);
create index if not exists load_files_by_id on load_files (file_id);
create index if not exists load_files_by_key on load_files (object_key);
create index if not exists load_files_by_content on load_files (content_sha256);
create index if not exists file_days_by_file on file_days (file_id);
create index if not exists rejected_rows_by_file on rejected_rows (file_id);
