-- smoke_files: one row for each version of the file that is removed from the warehouse.
-- Filled by queries/smoke_files.sql.
create temp table if not exists smoke_files (
    file_id bigint
);
