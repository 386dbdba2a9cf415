-- ledger_entries: one row for each version of a file with one of these keys or contents, the newest first.
-- Reads load_files; parameters: contents and object_keys, lists.
select
    load_files.file_id,
    load_files.object_key,
    load_files.content_sha256,
    load_files.version_id,
    load_files.etag,
    load_files.last_modified,
    load_files.sequencer,
    load_files.status,
    load_files.reason,
    load_files.sentence,
    load_files.rows_loaded
from load_files
where
    load_files.content_sha256 in %(contents)s
    or load_files.object_key in %(object_keys)s
order by load_files.file_id desc;
