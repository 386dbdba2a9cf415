-- file_decisions: one row for each requested file: its new status, and what changes in the ledger.
-- Reads stage_files and load_files. The whole batch is decided at once, under the lock.
--   status         loaded | duplicate | superseded | refused; unchanged: the ledger has its content under its key; or
--                  tied: there is another version of the same second, and S3 was not asked which of the two is newer
--   file_id        its new ledger row, numbered in the order of loading; null if it gets none
--   loaded_file_id the same if its sales are to be loaded, else null
--   replaces       the ledger row that this file corrects: same key, other content
--   confirms       the ledger row of the same content under the same key: it takes over the version of this upload
--   forgets        the ledger row of an earlier refusal of the same content under the same key
--   duplicate_sentence  names the original, for people; empty if the file is not a duplicate
-- An example: the ledger has leeds.csv with content A, uploaded at 09:00. A batch has these files:
--   leeds.csv  A  09:00  -> unchanged
--   hull.csv   A  09:30  -> duplicate of leeds.csv
--   leeds.csv  B  10:00  -> loaded, replaces A
--   york.csv   A  11:00  -> loaded: when its turn comes, no current file has the content A any more
create temp table file_decisions as
with current_files as (
    -- the version that counts today under each key, one row per key at most; and each content refused under a key
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
    -- is_as_new: the ledger has this content under this key, in a version that is as new. Entry.is_unchanged_by in
    -- chalicelib/load/ledger.py has the same rule, so that unchanged requests need no lock.
    -- is_same_version: the ledger has this very version, which proves less: in a bucket without versions all uploads of
    -- one second look alike
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
    -- each requested file beside the current one of its key.
    -- recency 1: the newest readable file of its key in this batch, or the newest refused one of its key and content
    -- repetition 1: the newest file of its key and content in this batch
    select
        requested.ingest_id,
        requested.object_key,
        requested.content_sha256,
        requested.last_modified,
        requested.sequencer,
        requested.reason,
        requested.archived_file_id,
        requested.newest_of_second,
        current_files.file_id as current_file_id,
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
        ) as repetition,
        coalesce(delivered_before.is_as_new, 0) as is_delivered_before,
        coalesce(delivered_before.is_same_version, 0) as is_same_version,
        case when current_files.content_sha256 = requested.content_sha256 then 1 else 0 end as is_same_content,
        case
            when current_files.last_modified > requested.last_modified then 1
            when current_files.last_modified < requested.last_modified or current_files.file_id is null then 0
            when requested.sequencer <> '' and current_files.sequencer <> ''
                then case when current_files.sequencer > requested.sequencer then 1 else 0 end
            when requested.newest_of_second >= 0 then 1 - requested.newest_of_second
        end as is_older
    from requested
    left join current_files
        on
            requested.object_key = current_files.object_key
            and requested.refused_content = current_files.refused_content
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
        compared.current_file_id,
        compared.recency,
        case
            when compared.is_delivered_before = 1 then 'unchanged'
            when compared.reason <> '' and (compared.recency > 1 or compared.is_same_content = 1) then 'refused before'
            when compared.reason <> '' then 'refused'
            when compared.repetition > 1 then 'unchanged'
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
                then compared.current_file_id
        end as confirms
    from compared
),

in_order as (
    -- the order of loading: by version, then by key; a file from the archive keeps its place
    select
        judged.ingest_id,
        judged.object_key,
        judged.content_sha256,
        judged.current_file_id,
        judged.recency,
        judged.judgement,
        judged.confirms,
        judged.archived_file_id,
        sum(case when judged.judgement in ('candidate', 'superseded', 'refused') then 1 else 0 end) over (
            order by
                judged.archived_file_id, judged.last_modified, judged.newest_of_second, judged.sequencer,
                judged.object_key, judged.ingest_id
            rows unbounded preceding
        ) as place
    from judged
),

greatest_ids as (
    select
        (select coalesce(max(load_files.file_id), 0) from load_files) as in_ledger,
        (select min(stage_files.archived_file_id) from stage_files) as least_archived
),

numbered as (
    -- in a warehouse that is rebuilt from the archive, files keep their numbers
    select
        in_order.ingest_id,
        in_order.object_key,
        in_order.content_sha256,
        in_order.current_file_id,
        in_order.recency,
        in_order.judgement,
        in_order.confirms,
        case
            when in_order.judgement not in ('candidate', 'superseded', 'refused') then null
            when greatest_ids.least_archived > greatest_ids.in_ledger then in_order.archived_file_id
            else greatest_ids.in_ledger + in_order.place
        end as file_id
    from in_order
    cross join greatest_ids
),

loaded_files as (
    -- the files whose sales are in the warehouse, each with the file of the batch that corrects it, if there is one
    select
        current_files.object_key,
        current_files.content_sha256,
        corrections.file_id as corrected_by
    from current_files
    left join numbered as corrections
        on current_files.object_key = corrections.object_key and corrections.judgement = 'candidate'
    where current_files.status = 'loaded'
),

duplicates as (
    -- files whose content is still loaded under another key when their turn comes
    select
        numbered.ingest_id,
        min(loaded_files.object_key) as original_key
    from numbered
    inner join loaded_files on numbered.content_sha256 = loaded_files.content_sha256
    where
        numbered.judgement = 'candidate'
        and (loaded_files.corrected_by is null or numbered.file_id < loaded_files.corrected_by)
    group by numbered.ingest_id
),

originals as (
    -- of several new files with one content, the first in the order of loading is the original
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
        left join duplicates on numbered.ingest_id = duplicates.ingest_id
        where numbered.judgement = 'candidate' and duplicates.ingest_id is null
    ) as first_ones
    where first_ones.seniority = 1
),

newest as (
    -- the file that counts under each key after this batch
    select
        numbered.object_key,
        max(case numbered.judgement when 'candidate' then numbered.file_id else numbered.current_file_id end) as file_id
    from numbered
    where numbered.recency = 1 and numbered.judgement not in ('refused', 'refused before')
    group by numbered.object_key
),

decided as (
    select
        numbered.ingest_id,
        numbered.object_key,
        numbered.content_sha256,
        numbered.current_file_id,
        numbered.judgement,
        numbered.confirms,
        numbered.file_id,
        coalesce(duplicates.original_key, originals.object_key) as original_key
    from numbered
    left join duplicates on numbered.ingest_id = duplicates.ingest_id
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
    cast(
        case
            when decided.judgement = 'candidate' and decided.original_key is not null
                then 'This file has the same content as ' || decided.original_key || ', which is already loaded.'
            else ''
        end as varchar(2000)
    ) as duplicate_sentence,
    cast(
        case
            when decided.judgement = 'candidate' and decided.original_key is null then 'loaded'
            when decided.judgement = 'candidate' then 'duplicate'
            when decided.judgement = 'refused before' then 'refused'
            else decided.judgement
        end as varchar(16)
    ) as status,
    case decided.judgement when 'candidate' then decided.current_file_id end as replaces,
    decided.confirms,
    refusals.file_id as forgets,
    cast(case decided.judgement when 'superseded' then newest.file_id end as bigint) as superseded_by
from decided
left join newest on decided.object_key = newest.object_key
left join current_files as refusals
    on
        decided.object_key = refusals.object_key
        and decided.content_sha256 = refusals.refused_content
        and decided.judgement in ('candidate', 'superseded');
