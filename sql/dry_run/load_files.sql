-- load_files: a copy of the ledger that hides the ledger for a session, so that a dry run can write what it decides.
create temp table load_files as
select
    known.file_id,
    known.object_key,
    known.content_sha256,
    known.version_id,
    known.etag,
    known.last_modified,
    known.sequencer,
    known.hash_key_id,
    known.store_name,
    known.rows_read,
    known.rows_loaded,
    known.rows_rejected,
    known.items,
    known.total,
    known.status,
    known.reason,
    known.sentence,
    known.reading,
    known.remarks,
    known.loaded_at,
    known.superseded_by
from load_files as known;
