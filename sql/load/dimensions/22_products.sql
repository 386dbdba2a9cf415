-- products: the products in their sizes that appear for the first time in a file to be loaded.
-- Reads stage_items and file_decisions; writes products.
insert into products (product_id, product_name, size)
with staged as (
    select distinct
        stage_items.product_name,
        stage_items.size
    from stage_items
    inner join file_decisions on stage_items.ingest_id = file_decisions.ingest_id
    where stage_items.product_name is not null and file_decisions.loaded_file_id is not null
)

select
    (select coalesce(max(existing.product_id), 0) from products as existing)
    + row_number() over (order by staged.product_name, staged.size) as product_id,
    staged.product_name,
    staged.size
from staged
left join products on staged.product_name = products.product_name and staged.size = products.size
where products.product_id is null;
