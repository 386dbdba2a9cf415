-- refused_versions: one row for each version of a file that the ledger refuses today.
-- Reads load_files.
select
    load_files.object_key,
    load_files.etag,
    load_files.last_modified
from load_files
where load_files.status = 'refused';
