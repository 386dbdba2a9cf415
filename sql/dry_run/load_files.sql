-- load_files: a copy of the ledger that hides the ledger itself from this session, so that a dry run can write into it.
create temp table load_files as
select
    ledger.file_id,
    ledger.object_key,
    ledger.content_sha256,
    ledger.version_id,
    ledger.etag,
    ledger.last_modified,
    ledger.sequencer,
    ledger.hash_key_id,
    ledger.store_name,
    ledger.rows_read,
    ledger.rows_loaded,
    ledger.rows_rejected,
    ledger.items,
    ledger.total,
    ledger.status,
    ledger.reason,
    ledger.sentence,
    ledger.reading,
    ledger.remarks,
    ledger.loaded_at,
    ledger.superseded_by
from load_files as ledger;
