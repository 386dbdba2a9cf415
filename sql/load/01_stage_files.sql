-- stage_files: one row for each requested file. Written by COPY; gone with the session at the latest.
create temp table stage_files (
    ingest_id bigint not null,
    object_key varchar(1024) not null,
    content_sha256 char(64) not null,
    version_id varchar(1024) not null,
    etag varchar(64) not null,
    last_modified timestamp not null,
    sequencer varchar(64) not null,
    hash_key_id varchar(64) not null,
    rows_read integer not null,
    rows_rejected integer not null,
    items integer not null,
    total numeric(12, 2) not null,
    reason varchar(64) not null,
    sentence varchar(2000) not null,
    loaded_at timestamp not null
);
