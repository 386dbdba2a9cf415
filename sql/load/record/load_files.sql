-- load_files: a new row for each file with a number. The row of the file that it corrects becomes superseded, and so
-- does the row of a refusal whose content can be read now. If the same content is uploaded again under the same key,
-- its row takes over the version of the new upload.
-- Reads file_decisions and stage_files; writes load_files.
update load_files
set
    status = case when decisions.file_id is null then load_files.status else 'superseded' end,
    superseded_by = coalesce(decisions.file_id, load_files.superseded_by),
    version_id = coalesce(decisions.version_id, load_files.version_id),
    etag = coalesce(decisions.etag, load_files.etag),
    last_modified = coalesce(decisions.last_modified, load_files.last_modified),
    sequencer = coalesce(decisions.sequencer, load_files.sequencer)
from (
    select
        changes.file_id as changed_file_id,
        max(changes.superseded_by) as file_id,
        max(changes.version_id) as version_id,
        max(changes.etag) as etag,
        max(changes.last_modified) as last_modified,
        max(changes.sequencer) as sequencer
    from (
        select
            file_decisions.replaces as file_id,
            file_decisions.file_id as superseded_by,
            cast(null as varchar(1024)) as version_id,
            cast(null as varchar(64)) as etag,
            cast(null as timestamp) as last_modified,
            cast(null as varchar(64)) as sequencer
        from file_decisions
        where file_decisions.replaces is not null
        union all
        select
            file_decisions.forgets as file_id,
            file_decisions.file_id as superseded_by,
            cast(null as varchar(1024)) as version_id,
            cast(null as varchar(64)) as etag,
            cast(null as timestamp) as last_modified,
            cast(null as varchar(64)) as sequencer
        from file_decisions
        where file_decisions.forgets is not null
        union all
        select
            file_decisions.confirms as file_id,
            cast(null as bigint) as superseded_by,
            stage_files.version_id,
            stage_files.etag,
            stage_files.last_modified,
            stage_files.sequencer
        from file_decisions
        inner join stage_files on file_decisions.ingest_id = stage_files.ingest_id
        where file_decisions.confirms is not null
    ) as changes
    group by changes.file_id
) as decisions
where load_files.file_id = decisions.changed_file_id;

insert into load_files (
    file_id, object_key, content_sha256, version_id, etag, last_modified, sequencer, hash_key_id, store_name,
    rows_read, rows_loaded, rows_rejected, items, total, status, reason, sentence, reading, remarks,
    loaded_at, superseded_by
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
    stage_files.store_name,
    stage_files.rows_read,
    case file_decisions.status when 'loaded' then stage_files.rows_read - stage_files.rows_rejected else 0 end
        as rows_loaded,
    stage_files.rows_rejected,
    stage_files.items,
    stage_files.total,
    file_decisions.status,
    case file_decisions.status when 'duplicate' then 'duplicate' else stage_files.reason end as reason,
    case file_decisions.status
        when 'duplicate' then file_decisions.duplicate_sentence
        else stage_files.sentence
    end as sentence,
    stage_files.reading,
    stage_files.remarks,
    stage_files.loaded_at,
    file_decisions.superseded_by
from file_decisions
inner join stage_files on file_decisions.ingest_id = stage_files.ingest_id
where file_decisions.file_id is not null;
