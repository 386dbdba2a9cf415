-- ledger_changes: one row for each row of the ledger that changes; null is what stays as it is.
-- Reads file_decisions, stage_files and load_files.
--   - the row of a file that is corrected is superseded, and so is a refusal whose content can be read now
--   - content sent again under its own key makes its row as new as that
--   - a corrected file with an heir leaves its sales where they are: its row and that of the duplicate trade their
--     file_id, the duplicate is the loaded one now, and what either had superseded before follows
create temp table ledger_changes as
with trades as (
    select
        file_decisions.replaces as file_id,
        file_decisions.heir as new_file_id
    from file_decisions
    where file_decisions.heir is not null
    union all
    select
        file_decisions.heir as file_id,
        file_decisions.replaces as new_file_id
    from file_decisions
    where file_decisions.heir is not null
),

changes as (
    select
        file_decisions.replaces as file_id,
        file_decisions.heir as new_file_id,
        file_decisions.file_id as superseded_by,
        cast('superseded' as varchar(16)) as status,
        cast(null as bigint) as confirmed_by
    from file_decisions
    where file_decisions.replaces is not null
    union all
    select
        file_decisions.forgets as file_id,
        cast(null as bigint) as new_file_id,
        file_decisions.file_id as superseded_by,
        cast('superseded' as varchar(16)) as status,
        cast(null as bigint) as confirmed_by
    from file_decisions
    where file_decisions.forgets is not null
    union all
    select
        file_decisions.heir as file_id,
        file_decisions.replaces as new_file_id,
        cast(null as bigint) as superseded_by,
        cast('loaded' as varchar(16)) as status,
        cast(null as bigint) as confirmed_by
    from file_decisions
    where file_decisions.heir is not null
    union all
    select
        load_files.file_id,
        cast(null as bigint) as new_file_id,
        trades.new_file_id as superseded_by,
        cast(null as varchar(16)) as status,
        cast(null as bigint) as confirmed_by
    from trades
    inner join load_files on trades.file_id = load_files.superseded_by
    union all
    select
        file_decisions.confirms as file_id,
        cast(null as bigint) as new_file_id,
        cast(null as bigint) as superseded_by,
        cast(null as varchar(16)) as status,
        file_decisions.ingest_id as confirmed_by
    from file_decisions
    where file_decisions.confirms is not null
),

changes_of_rows as (
    select
        changes.file_id,
        max(changes.new_file_id) as new_file_id,
        max(changes.superseded_by) as superseded_by,
        max(changes.status) as status,
        max(changes.confirmed_by) as confirmed_by
    from changes
    group by changes.file_id
)

select
    changes_of_rows.file_id,
    changes_of_rows.new_file_id,
    changes_of_rows.superseded_by,
    changes_of_rows.status,
    stage_files.version_id,
    stage_files.etag,
    stage_files.last_modified,
    stage_files.sequencer
from changes_of_rows
left join stage_files on changes_of_rows.confirmed_by = stage_files.ingest_id;
