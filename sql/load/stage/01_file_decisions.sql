-- file_decisions: one row for each new row of the ledger. Filled by INSERT under the lock, see
-- chalicelib/load/decisions.py.
--   loaded_file_id  the same file_id if the sales of the file are to be loaded, else null
create temp table file_decisions (
    ingest_id bigint not null,
    file_id bigint not null,
    loaded_file_id bigint,
    status varchar(16) not null,
    hash_key_id varchar(64) not null
);
