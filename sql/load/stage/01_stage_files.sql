-- stage_files: one row for each requested file. Filled by INSERT; chalicelib/parts.py has the same columns.
--   archived_file_id  the file_id that it had when it was archived; 0 for a raw object
--   newest_of_second  1 if the raw bucket has no newer version of its key from the same second, else 0; -1 if S3 was
--                     not asked, since the sequencers decide
create temp table stage_files (
    ingest_id bigint not null,
    object_key varchar(1024) not null,
    content_sha256 char(64) not null,
    version_id varchar(1024) not null,
    etag varchar(64) not null,
    last_modified timestamp not null,
    sequencer varchar(64) not null,
    hash_key_id varchar(64) not null,
    store_name varchar(200) not null,
    rows_read integer not null,
    rows_rejected integer not null,
    items integer not null,
    total numeric(12, 2) not null,
    reason varchar(64) not null,
    sentence varchar(2000) not null,
    reading varchar(1000) not null,
    remarks varchar(1000) not null,
    loaded_at timestamp not null,
    archived_file_id bigint not null,
    newest_of_second smallint not null
);
