-- faults: one row for each mistake of rejected rows in each of these files: its sentence, how many rows have it, and
-- the line of the first one. No row's content is in a sentence.
-- Reads rejected_rows; parameter: file_ids, a list.
select
    rejected_rows.file_id,
    rejected_rows.sentence,
    count(*) as faulty_rows,
    min(rejected_rows.line_number) as first_line
from rejected_rows
where rejected_rows.file_id in %(file_ids)s
group by rejected_rows.file_id, rejected_rows.sentence;
