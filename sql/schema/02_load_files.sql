-- load_files: the ledger, one row for each version of a file that a load has decided on.
-- Its rows are committed together with the data, so that both always agree. sales_file_id: the file_id under which the
-- sales are that this file states: its own, or that of another file with the same content; null if it states none now.
create table if not exists load_files (
    file_id bigint not null,
    object_key varchar(1024) not null,
    content_sha256 char(64) not null,
    version_id varchar(1024) not null,
    etag varchar(64) not null,
    last_modified timestamp not null,
    sequencer varchar(64) not null,
    hash_key_id varchar(64) not null,
    store_name varchar(200) not null,
    rows_read integer not null,
    rows_loaded integer not null,
    rows_rejected integer not null,
    items integer not null,
    total numeric(12, 2) not null,
    status varchar(16) not null,
    reason varchar(64) not null,
    sentence varchar(2000) not null,
    reading varchar(1000) not null,
    remarks varchar(1000) not null,
    loaded_at timestamp not null,
    superseded_by bigint,
    sales_file_id bigint
);
