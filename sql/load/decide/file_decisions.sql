-- file_decisions: one row for each requested file: what becomes of it, and what the ledger learns.
-- Reads stage_files and load_files. Decided for the whole batch at once, under the lock.
--   status         loaded | duplicate | superseded | refused; settled: its content is known under its key; or
--                  tied: of the same second as what is known, and nobody asked S3 which is newer
--   file_id        its new ledger row, numbered in the order of loading; null if it gets none
--   loaded_file_id the same if its sales come, else null
--   replaces       the file that this one corrects (same key, other content)
--   confirms       the ledger row whose content was sent again under its own key, and is as new as that now
--   forgets        the ledger row of an earlier refusal of the same content under the same key
create temp table file_decisions as
with known_files as (
    -- what each key states today, never more than one row a key; and each content refused under a key
    select
        load_files.file_id,
        load_files.object_key,
        load_files.content_sha256,
        load_files.last_modified,
        load_files.sequencer,
        load_files.status,
        case load_files.status when 'refused' then load_files.content_sha256 else '' end as refused_content
    from load_files
    where load_files.status <> 'superseded'
),

delivered_before as (
    -- the files whose content is known under their key: in a version that is the same or newer; as this very version,
    -- which need not be the same, since without versions and sequencers one second's uploads look alike
    select
        stage_files.ingest_id,
        max(
            case
                when load_files.file_id = stage_files.archived_file_id then 1
                when load_files.last_modified > stage_files.last_modified then 1
                when load_files.last_modified < stage_files.last_modified then 0
                when stage_files.sequencer <> '' and load_files.sequencer <> ''
                    then case when load_files.sequencer >= stage_files.sequencer then 1 else 0 end
                when
                    load_files.version_id = stage_files.version_id
                    and (stage_files.version_id <> '' or load_files.status <> 'superseded')
                    then 1
                else 0
            end
        ) as is_as_new,
        max(
            case
                when
                    load_files.last_modified = stage_files.last_modified
                    and load_files.version_id = stage_files.version_id
                    then 1
                else 0
            end
        ) as is_same_version
    from stage_files
    inner join load_files
        on
            stage_files.object_key = load_files.object_key
            and stage_files.content_sha256 = load_files.content_sha256
    where load_files.status <> 'refused'
    group by stage_files.ingest_id
),

requested as (
    select
        stage_files.ingest_id,
        stage_files.object_key,
        stage_files.content_sha256,
        stage_files.last_modified,
        stage_files.sequencer,
        stage_files.reason,
        stage_files.archived_file_id,
        stage_files.newest_of_second,
        case stage_files.reason when '' then '' else stage_files.content_sha256 end as refused_content
    from stage_files
),

compared as (
    -- each file beside what is known. recency 1: the newest readable one of its key, or the newest refused one of
    -- its key and content. copy 1: the newest of its key and content
    select
        requested.ingest_id,
        requested.object_key,
        requested.content_sha256,
        requested.last_modified,
        requested.sequencer,
        requested.reason,
        requested.archived_file_id,
        requested.newest_of_second,
        known_files.file_id as known_file_id,
        row_number() over (
            partition by requested.object_key, requested.refused_content
            order by
                requested.last_modified desc, requested.newest_of_second desc, requested.sequencer desc,
                requested.ingest_id desc
        ) as recency,
        row_number() over (
            partition by requested.object_key, requested.refused_content, requested.content_sha256
            order by
                requested.last_modified desc, requested.newest_of_second desc, requested.sequencer desc,
                requested.ingest_id desc
        ) as copy_number,
        coalesce(delivered_before.is_as_new, 0) as is_delivered_before,
        coalesce(delivered_before.is_same_version, 0) as is_same_version,
        case when known_files.content_sha256 = requested.content_sha256 then 1 else 0 end as is_same_content,
        case
            when known_files.last_modified > requested.last_modified then 1
            when known_files.last_modified < requested.last_modified or known_files.file_id is null then 0
            when requested.sequencer <> '' and known_files.sequencer <> ''
                then case when known_files.sequencer > requested.sequencer then 1 else 0 end
            when requested.newest_of_second >= 0 then 1 - requested.newest_of_second
        end as is_older
    from requested
    left join known_files
        on
            requested.object_key = known_files.object_key
            and requested.refused_content = known_files.refused_content
    left join delivered_before on requested.ingest_id = delivered_before.ingest_id
),

judged as (
    select
        compared.ingest_id,
        compared.object_key,
        compared.content_sha256,
        compared.last_modified,
        compared.sequencer,
        compared.archived_file_id,
        compared.newest_of_second,
        compared.known_file_id,
        compared.recency,
        case
            when compared.is_delivered_before = 1 then 'unchanged'
            when compared.reason <> '' and (compared.recency > 1 or compared.is_same_content = 1) then 'refused before'
            when compared.reason <> '' then 'refused'
            when compared.copy_number > 1 then 'unchanged'
            when compared.is_same_version = 1 and (compared.recency > 1 or compared.is_older = 1) then 'unchanged'
            when compared.recency > 1 then 'superseded'
            when compared.is_same_content = 1 then 'unchanged'
            when compared.is_older = 1 then 'superseded'
            when compared.is_older is null then 'tied'
            else 'candidate'
        end as judgement,
        case
            when
                compared.recency = 1
                and compared.is_delivered_before = 0
                and compared.is_same_content = 1
                and compared.is_older = 0
                then compared.known_file_id
        end as confirms
    from compared
),

in_turn as (
    -- the order of loading: by mark, then by key; what was archived keeps its turn
    select
        judged.ingest_id,
        judged.object_key,
        judged.content_sha256,
        judged.known_file_id,
        judged.recency,
        judged.judgement,
        judged.confirms,
        judged.archived_file_id,
        sum(case when judged.judgement in ('candidate', 'superseded', 'refused') then 1 else 0 end) over (
            order by
                judged.archived_file_id, judged.last_modified, judged.newest_of_second, judged.sequencer,
                judged.object_key, judged.ingest_id
            rows unbounded preceding
        ) as turn
    from judged
),

greatest_ids as (
    select
        (select coalesce(max(load_files.file_id), 0) from load_files) as known,
        (select min(stage_files.archived_file_id) from stage_files) as least_archived
),

numbered as (
    -- in a warehouse that is built anew from the archive files keep their numbers
    select
        in_turn.ingest_id,
        in_turn.object_key,
        in_turn.content_sha256,
        in_turn.known_file_id,
        in_turn.recency,
        in_turn.judgement,
        in_turn.confirms,
        case
            when in_turn.judgement not in ('candidate', 'superseded', 'refused') then null
            when greatest_ids.least_archived > greatest_ids.known then in_turn.archived_file_id
            else greatest_ids.known + in_turn.turn
        end as file_id
    from in_turn
    cross join greatest_ids
),

stated as (
    -- what is loaded, and the file of the batch that corrects it; a duplicate states nothing itself
    select
        known_files.object_key,
        known_files.content_sha256,
        corrections.file_id as corrected_by
    from known_files
    left join numbered as corrections
        on known_files.object_key = corrections.object_key and corrections.judgement = 'candidate'
    where known_files.status = 'loaded'
),

copies as (
    -- files whose content is still loaded under another key when their turn comes
    select
        numbered.ingest_id,
        min(stated.object_key) as original_key
    from numbered
    inner join stated on numbered.content_sha256 = stated.content_sha256
    where
        numbered.judgement = 'candidate'
        and (stated.corrected_by is null or numbered.file_id < stated.corrected_by)
    group by numbered.ingest_id
),

originals as (
    -- of the others the first with its content is loaded
    select
        first_ones.file_id,
        first_ones.object_key,
        first_ones.content_sha256
    from (
        select
            numbered.file_id,
            numbered.object_key,
            numbered.content_sha256,
            row_number() over (partition by numbered.content_sha256 order by numbered.file_id) as seniority
        from numbered
        left join copies on numbered.ingest_id = copies.ingest_id
        where numbered.judgement = 'candidate' and copies.ingest_id is null
    ) as first_ones
    where first_ones.seniority = 1
),

newest as (
    -- what each key states when the batch is loaded
    select
        numbered.object_key,
        max(case numbered.judgement when 'candidate' then numbered.file_id else numbered.known_file_id end) as file_id
    from numbered
    where numbered.recency = 1 and numbered.judgement not in ('refused', 'refused before')
    group by numbered.object_key
),

decided as (
    select
        numbered.ingest_id,
        numbered.object_key,
        numbered.content_sha256,
        numbered.known_file_id,
        numbered.judgement,
        numbered.confirms,
        numbered.file_id,
        coalesce(copies.original_key, originals.object_key) as original_key
    from numbered
    left join copies on numbered.ingest_id = copies.ingest_id
    left join originals
        on
            numbered.content_sha256 = originals.content_sha256
            and numbered.file_id > originals.file_id
            and numbered.judgement = 'candidate'
)

select
    decided.ingest_id,
    decided.object_key,
    cast(decided.file_id as bigint) as file_id,
    cast(
        case
            when decided.judgement = 'candidate' and decided.original_key is null then decided.file_id
        end as bigint
    ) as loaded_file_id,
    cast(decided.original_key as varchar(1024)) as original_key,
    cast(
        case
            when decided.judgement = 'candidate' and decided.original_key is null then 'loaded'
            when decided.judgement = 'candidate' then 'duplicate'
            when decided.judgement = 'refused before' then 'refused'
            else decided.judgement
        end as varchar(16)
    ) as status,
    case decided.judgement when 'candidate' then decided.known_file_id end as replaces,
    decided.confirms,
    refusals.file_id as forgets,
    cast(case decided.judgement when 'superseded' then newest.file_id end as bigint) as superseded_by
from decided
left join newest on decided.object_key = newest.object_key
left join known_files as refusals
    on
        decided.object_key = refusals.object_key
        and decided.content_sha256 = refusals.refused_content
        and decided.judgement in ('candidate', 'superseded');
