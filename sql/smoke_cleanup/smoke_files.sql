-- smoke_files: one row for each version of a file that is taken out of the warehouse. Filled before the others run.
create temp table if not exists smoke_files (
    file_id bigint
);
