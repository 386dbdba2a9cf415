-- rejected_rows: one row for each of the first rejected rows of some files: its line, and the sentence on it.
-- Reads rejected_rows; parameters: file_ids, a list; most_rows, of a file.
with numbered as (
    select
        rejected_rows.file_id,
        rejected_rows.line_number,
        rejected_rows.sentence,
        row_number() over (
            partition by rejected_rows.file_id
            order by rejected_rows.line_number
        ) as row_number_of_file
    from rejected_rows
    where rejected_rows.file_id in %(file_ids)s
)

select
    numbered.file_id,
    numbered.line_number,
    numbered.sentence
from numbered
where numbered.row_number_of_file <= %(most_rows)s
order by numbered.file_id, numbered.line_number;
