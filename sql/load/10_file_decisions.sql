-- file_decisions: one row for each requested file: what becomes of it, and what the ledger learns.
-- Reads stage_files and load_files. Decided for the whole batch at once, under the lock.
--   status         loaded | duplicate | superseded | refused, or settled: its content is known under its key
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
    -- the files whose content is known under their key in a version that is the same or newer
    select distinct stage_files.ingest_id
    from stage_files
    inner join load_files
        on
            stage_files.object_key = load_files.object_key
            and stage_files.content_sha256 = load_files.content_sha256
    where
        load_files.status <> 'refused'
        and (
            load_files.last_modified > stage_files.last_modified
            or load_files.last_modified = stage_files.last_modified
            and (
                stage_files.sequencer <> '' and load_files.sequencer >= stage_files.sequencer
                or load_files.version_id = stage_files.version_id
                and (stage_files.sequencer = '' or load_files.sequencer = '')
            )
        )
),

requested as (
    select
        stage_files.ingest_id,
        stage_files.object_key,
        stage_files.content_sha256,
        stage_files.last_modified,
        stage_files.sequencer,
        stage_files.reason,
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
        known_files.file_id as known_file_id,
        row_number() over (
            partition by requested.object_key, requested.refused_content
            order by requested.last_modified desc, requested.sequencer desc, requested.ingest_id desc
        ) as recency,
        row_number() over (
            partition by requested.object_key, requested.refused_content, requested.content_sha256
            order by requested.last_modified desc, requested.sequencer desc, requested.ingest_id desc
        ) as copy_number,
        case when delivered_before.ingest_id is null then 0 else 1 end as is_delivered_before,
        case when known_files.content_sha256 = requested.content_sha256 then 1 else 0 end as is_same_content,
        case
            when known_files.last_modified > requested.last_modified then 1
            when
                known_files.last_modified = requested.last_modified
                and requested.sequencer <> ''
                and known_files.sequencer > requested.sequencer
                then 1
            else 0
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
        compared.known_file_id,
        compared.recency,
        case
            when compared.is_delivered_before = 1 then 'settled'
            when compared.reason <> '' and (compared.recency > 1 or compared.is_same_content = 1) then 'refused before'
            when compared.reason <> '' then 'refused'
            when compared.copy_number > 1 then 'settled'
            when compared.recency > 1 or compared.is_older = 1 then 'superseded'
            when compared.is_same_content = 1 then 'settled'
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

numbered as (
    -- the order of loading: by mark, then by key
    select
        judged.ingest_id,
        judged.object_key,
        judged.content_sha256,
        judged.known_file_id,
        judged.recency,
        judged.judgement,
        judged.confirms,
        case
            when judged.judgement in ('candidate', 'superseded', 'refused')
                then
                    (select coalesce(max(load_files.file_id), 0) from load_files)
                    + sum(case when judged.judgement in ('candidate', 'superseded', 'refused') then 1 else 0 end) over (
                        order by judged.last_modified, judged.sequencer, judged.object_key, judged.ingest_id
                        rows unbounded preceding
                    )
        end as file_id
    from judged
),

staying_files as (
    -- what is loaded and no file of the batch corrects; a duplicate states nothing itself
    select
        known_files.file_id,
        known_files.object_key,
        known_files.content_sha256
    from known_files
    left join numbered on known_files.object_key = numbered.object_key and numbered.judgement = 'candidate'
    where known_files.status = 'loaded' and numbered.ingest_id is null
),

stated_contents as (
    -- what is loaded and stays, and what comes; seniority 1: the file that has the content loaded
    select
        stated.object_key,
        stated.content_sha256,
        stated.file_id,
        row_number() over (partition by stated.content_sha256 order by stated.file_id) as seniority
    from (
        select
            numbered.object_key,
            numbered.content_sha256,
            numbered.file_id
        from numbered
        where numbered.judgement = 'candidate'
        union all
        select
            staying_files.object_key,
            staying_files.content_sha256,
            staying_files.file_id
        from staying_files
    ) as stated
),

originals as (
    select
        stated_contents.file_id,
        stated_contents.object_key,
        stated_contents.content_sha256
    from stated_contents
    where stated_contents.seniority = 1
),

newest as (
    -- what each key states when the batch is loaded
    select
        numbered.object_key,
        max(case numbered.judgement when 'candidate' then numbered.file_id else numbered.known_file_id end) as file_id
    from numbered
    where numbered.recency = 1 and numbered.judgement not in ('refused', 'refused before')
    group by numbered.object_key
)

select
    numbered.ingest_id,
    numbered.object_key,
    cast(numbered.file_id as bigint) as file_id,
    cast(
        case
            when numbered.judgement = 'candidate' and originals.object_key is null then numbered.file_id
        end as bigint
    ) as loaded_file_id,
    cast(originals.object_key as varchar(1024)) as original_key,
    cast(
        case
            when numbered.judgement = 'candidate' and originals.object_key is null then 'loaded'
            when numbered.judgement = 'candidate' then 'duplicate'
            when numbered.judgement = 'refused before' then 'refused'
            else numbered.judgement
        end as varchar(16)
    ) as status,
    case numbered.judgement when 'candidate' then numbered.known_file_id end as replaces,
    numbered.confirms,
    refusals.file_id as forgets,
    cast(case numbered.judgement when 'superseded' then newest.file_id end as bigint) as superseded_by
from numbered
left join originals
    on
        numbered.content_sha256 = originals.content_sha256
        and numbered.file_id > originals.file_id
        and numbered.judgement = 'candidate'
left join newest on numbered.object_key = newest.object_key
left join known_files as refusals
    on
        numbered.object_key = refusals.object_key
        and numbered.content_sha256 = refusals.refused_content
        and numbered.judgement in ('candidate', 'superseded');
