-- rejected_rows: one row for each rejected row of a file, without its content.
create table if not exists rejected_rows (
    file_id bigint not null,
    line_number integer not null,
    column_name varchar(32) not null,
    reason varchar(64) not null,
    sentence varchar(500) not null
);
