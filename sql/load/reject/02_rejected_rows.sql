-- rejected_rows: the rejected rows of files that are loaded, duplicates, or refused for the first time.
-- Reads file_decisions and stage_rejections; writes rejected_rows.
insert into rejected_rows (file_id, line_number, column_name, reason, sentence)
select
    file_decisions.file_id,
    stage_rejections.line_number,
    stage_rejections.column_name,
    stage_rejections.reason,
    stage_rejections.sentence
from stage_rejections
inner join file_decisions on stage_rejections.ingest_id = file_decisions.ingest_id
where file_decisions.status in ('loaded', 'duplicate', 'refused');
