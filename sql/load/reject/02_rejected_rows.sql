-- rejected_rows: the rejected rows of files that are loaded, duplicates, or refused for the first time; of each file
-- the first ones in the order of lines. Its row in load_files has the count of all.
-- Reads file_decisions and stage_rejections; writes rejected_rows. Parameter: most_rejected_rows, how many of a file.
insert into rejected_rows (file_id, line_number, column_name, reason, sentence)
with numbered as (
    select
        file_decisions.file_id,
        stage_rejections.line_number,
        stage_rejections.column_name,
        stage_rejections.reason,
        stage_rejections.sentence,
        row_number() over (
            partition by file_decisions.file_id
            order by stage_rejections.line_number
        ) as place
    from stage_rejections
    inner join file_decisions on stage_rejections.ingest_id = file_decisions.ingest_id
    where file_decisions.status in ('loaded', 'duplicate', 'refused')
)

select
    numbered.file_id,
    numbered.line_number,
    numbered.column_name,
    numbered.reason,
    numbered.sentence
from numbered
where numbered.place <= %(most_rejected_rows)s;
