-- file_outcomes: one row for each version of a file that counts today: its status and the reason. A refusal counts
-- until a newer version takes its place, which happens under a name with a day alone: superseded_by says so.
create view file_outcomes as
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
    load_files.loaded_at,
    load_files.reading,
    load_files.remarks,
    load_files.last_modified
from load_files
where
    load_files.status in ('loaded', 'duplicate')
    or (load_files.status = 'refused' and load_files.superseded_by is null);
