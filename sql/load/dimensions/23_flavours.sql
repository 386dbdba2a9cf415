-- flavours: the flavours that appear for the first time in a file to be loaded.
-- Reads stage_items and file_decisions; writes flavours.
insert into flavours (flavour_id, flavour_name)
with staged as (
    select distinct stage_items.flavour_name
    from stage_items
    inner join file_decisions on stage_items.ingest_id = file_decisions.ingest_id
    where stage_items.flavour_name <> '' and file_decisions.loaded_file_id is not null
)

select
    (select coalesce(max(existing.flavour_id), 0) from flavours as existing)
    + row_number() over (order by staged.flavour_name) as flavour_id,
    staged.flavour_name
from staged
left join flavours on staged.flavour_name = flavours.flavour_name
where flavours.flavour_id is null;
