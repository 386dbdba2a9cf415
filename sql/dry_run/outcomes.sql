-- outcomes: one row for each requested file: the status that a load would give it.
-- Reads file_decisions.
select
    file_decisions.ingest_id,
    file_decisions.status,
    file_decisions.duplicate_sentence
from file_decisions;
