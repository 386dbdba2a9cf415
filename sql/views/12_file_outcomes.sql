-- file_outcomes: one row for each version of a file that no newer one has superseded: what became of it, why.
create or replace view file_outcomes as
select
    load_files.object_key,
    load_files.status,
    load_files.reason,
    load_files.sentence,
    load_files.rows_read,
    load_files.rows_loaded,
    load_files.rows_rejected,
    load_files.items,
    load_files.total,
    load_files.loaded_at
from load_files
where load_files.status <> 'superseded';
