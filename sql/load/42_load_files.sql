-- load_files: a row for each file decided upon now, and what changes in the rows of files before.
-- Reads file_decisions, ledger_changes and stage_files; writes load_files.
update load_files
set
    file_id = coalesce(ledger_changes.new_file_id, load_files.file_id),
    superseded_by = coalesce(ledger_changes.superseded_by, load_files.superseded_by),
    status = coalesce(ledger_changes.status, load_files.status),
    rows_loaded = case ledger_changes.status
        when 'loaded' then load_files.rows_read - load_files.rows_rejected else load_files.rows_loaded
    end,
    reason = case ledger_changes.status when 'loaded' then '' else load_files.reason end,
    sentence = case ledger_changes.status when 'loaded' then '' else load_files.sentence end,
    version_id = coalesce(ledger_changes.version_id, load_files.version_id),
    etag = coalesce(ledger_changes.etag, load_files.etag),
    last_modified = coalesce(ledger_changes.last_modified, load_files.last_modified),
    sequencer = coalesce(ledger_changes.sequencer, load_files.sequencer)
from ledger_changes
where load_files.file_id = ledger_changes.file_id;

insert into load_files (
    file_id, object_key, content_sha256, version_id, etag, last_modified, sequencer, hash_key_id,
    rows_read, rows_loaded, rows_rejected, items, total, status, reason, sentence, loaded_at, superseded_by
)
select
    file_decisions.file_id,
    stage_files.object_key,
    stage_files.content_sha256,
    stage_files.version_id,
    stage_files.etag,
    stage_files.last_modified,
    stage_files.sequencer,
    stage_files.hash_key_id,
    stage_files.rows_read,
    case file_decisions.status when 'loaded' then stage_files.rows_read - stage_files.rows_rejected else 0 end
        as rows_loaded,
    stage_files.rows_rejected,
    stage_files.items,
    stage_files.total,
    file_decisions.status,
    case file_decisions.status when 'duplicate' then 'duplicate' else stage_files.reason end as reason,
    case file_decisions.status
        when 'duplicate' then 'The same content came before as ' || file_decisions.original_key || '.'
        else stage_files.sentence
    end as sentence,
    stage_files.loaded_at,
    file_decisions.superseded_by
from file_decisions
inner join stage_files on file_decisions.ingest_id = stage_files.ingest_id
where file_decisions.file_id is not null;
