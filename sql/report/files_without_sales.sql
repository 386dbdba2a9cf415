-- files_without_sales: one row for each version of a file that is refused today, or that says that a store was closed.
-- Reads file_outcomes; parameter: since, the day from which on they were uploaded.
select
    file_outcomes.object_key,
    file_outcomes.status,
    file_outcomes.sentence,
    file_outcomes.last_modified
from file_outcomes
where
    file_outcomes.last_modified >= %(since)s
    and (
        file_outcomes.status = 'refused'
        or (file_outcomes.status = 'loaded' and file_outcomes.rows_read = 0)
    )
order by file_outcomes.object_key, file_outcomes.last_modified, file_outcomes.sentence;
