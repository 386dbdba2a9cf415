-- Refused files: those that are refused to this day, the newest first. The status of a replaced file is another one.
select
    file_outcomes.loaded_at,
    file_outcomes.object_key,
    file_outcomes.reason,
    file_outcomes.sentence
from file_outcomes
where
    $__timeFilter(file_outcomes.loaded_at)
    and file_outcomes.status = 'refused'
order by file_outcomes.loaded_at desc, file_outcomes.object_key asc
limit 200;
