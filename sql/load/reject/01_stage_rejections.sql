-- stage_rejections: one row for each rejected row of the requested files.
-- Filled by COPY; chalicelib/parts.py has the same columns.
create temp table stage_rejections (
    ingest_id bigint not null,
    line_number integer not null,
    column_name varchar(32) not null,
    reason varchar(64) not null,
    sentence varchar(500) not null
);
