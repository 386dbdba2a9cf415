-- file_decisions: one row for each requested file: what becomes of it, and the file_id of its ledger row.
-- Reads stage_files and load_files. Decided for the whole batch at once, under the lock.
--   status      loaded | duplicate | superseded | refused, or settled: the ledger need not learn anything new
--   replaces    the file that this one corrects (same key, other content)
--   confirms    the file whose content was sent again under its own key
--   forgets     the ledger row of an earlier refusal of the same content under the same key
create temp table file_decisions as
with current_files as (
    -- what each key states today; never more than one row a key
    select
        load_files.file_id,
        load_files.object_key,
        load_files.content_sha256,
        load_files.last_modified,
        load_files.sequencer
    from load_files
    where load_files.status in ('loaded', 'duplicate')
),

decided_versions as (
    select distinct
        load_files.object_key,
        load_files.content_sha256,
        load_files.version_id,
        load_files.last_modified,
        load_files.sequencer
    from load_files
    where load_files.status <> 'refused'
),

compared as (
    -- each requested file beside what its key states today. recency 1: the newest readable one of its key,
    -- or the newest refused one of its key and content
    select
        stage_files.ingest_id,
        stage_files.object_key,
        stage_files.content_sha256,
        stage_files.last_modified,
        stage_files.sequencer,
        stage_files.reason,
        current_files.file_id as current_file_id,
        row_number() over (
            partition by
                stage_files.object_key,
                case when stage_files.reason = '' then '' else stage_files.content_sha256 end
            order by stage_files.last_modified desc, stage_files.sequencer desc, stage_files.ingest_id desc
        ) as recency,
        case when decided_versions.object_key is null then 0 else 1 end as is_decided,
        case when current_files.content_sha256 = stage_files.content_sha256 then 1 else 0 end as is_same_content,
        case
            when current_files.last_modified > stage_files.last_modified then 1
            when
                current_files.last_modified = stage_files.last_modified
                and stage_files.sequencer <> ''
                and current_files.sequencer > stage_files.sequencer
                then 1
            else 0
        end as is_older
    from stage_files
    left join current_files on stage_files.object_key = current_files.object_key
    left join decided_versions
        on
            stage_files.object_key = decided_versions.object_key
            and stage_files.content_sha256 = decided_versions.content_sha256
            and stage_files.version_id = decided_versions.version_id
            and stage_files.last_modified = decided_versions.last_modified
            and stage_files.sequencer = decided_versions.sequencer
),

judged as (
    select
        compared.ingest_id,
        compared.object_key,
        compared.content_sha256,
        compared.last_modified,
        compared.sequencer,
        compared.reason,
        compared.current_file_id,
        compared.recency,
        compared.is_same_content,
        compared.is_older,
        case
            when compared.is_decided = 1 then 'settled'
            when compared.reason <> '' and compared.recency > 1 then 'settled'
            when compared.reason <> '' then 'refused'
            when compared.recency > 1 or compared.is_older = 1 then 'superseded'
            when compared.is_same_content = 1 then 'settled'
            else 'candidate'
        end as judgement
    from compared
),

numbered as (
    -- the order of loading: by mark, then by key
    select
        judged.ingest_id,
        judged.object_key,
        judged.content_sha256,
        judged.reason,
        judged.current_file_id,
        judged.recency,
        judged.is_same_content,
        judged.is_older,
        judged.judgement,
        (select coalesce(max(load_files.file_id), 0) from load_files)
        + sum(case when judged.judgement = 'settled' then 0 else 1 end) over (
            order by judged.last_modified, judged.sequencer, judged.object_key, judged.ingest_id
            rows unbounded preceding
        ) as file_id
    from judged
),

candidates as (
    select
        numbered.file_id,
        numbered.object_key,
        numbered.content_sha256
    from numbered
    where numbered.judgement = 'candidate'
),

same_contents as (
    -- a candidate's content under another key, as that key stands when the candidate's turn comes
    select
        candidates.file_id,
        earlier.object_key as original_key
    from candidates
    inner join candidates as earlier
        on
            candidates.content_sha256 = earlier.content_sha256
            and candidates.object_key <> earlier.object_key
            and candidates.file_id > earlier.file_id
    union all
    select
        candidates.file_id,
        current_files.object_key as original_key
    from candidates
    inner join current_files
        on
            candidates.content_sha256 = current_files.content_sha256
            and candidates.object_key <> current_files.object_key
    left join candidates as correction
        on
            current_files.object_key = correction.object_key
            and candidates.file_id > correction.file_id
    where correction.file_id is null
),

originals as (
    select
        same_contents.file_id,
        min(same_contents.original_key) as original_key
    from same_contents
    group by same_contents.file_id
),

newest as (
    select
        numbered.object_key,
        max(
            case numbered.judgement when 'candidate' then numbered.file_id else numbered.current_file_id end
        ) as file_id
    from numbered
    where numbered.recency = 1 and numbered.reason = ''
    group by numbered.object_key
),

refusals as (
    select
        load_files.object_key,
        load_files.content_sha256,
        max(load_files.file_id) as file_id
    from load_files
    where load_files.status = 'refused'
    group by load_files.object_key, load_files.content_sha256
)

select
    numbered.ingest_id,
    numbered.object_key,
    cast(numbered.file_id as bigint) as file_id,
    cast(originals.original_key as varchar(1024)) as original_key,
    cast(
        case
            when numbered.judgement <> 'candidate' then numbered.judgement
            when originals.original_key is not null then 'duplicate'
            else 'loaded'
        end as varchar(16)
    ) as status,
    case when numbered.judgement = 'candidate' then numbered.current_file_id end as replaces,
    case
        when
            numbered.judgement = 'settled'
            and numbered.recency = 1
            and numbered.is_same_content = 1
            and numbered.is_older = 0
            then numbered.current_file_id
    end as confirms,
    case when numbered.judgement <> 'settled' then refusals.file_id end as forgets,
    case when numbered.judgement = 'superseded' then newest.file_id end as superseded_by
from numbered
left join originals on numbered.file_id = originals.file_id and numbered.judgement = 'candidate'
left join newest on numbered.object_key = newest.object_key
left join refusals
    on
        numbered.object_key = refusals.object_key
        and numbered.content_sha256 = refusals.content_sha256;
