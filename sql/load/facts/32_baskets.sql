-- baskets: inserts the items of the sales that were inserted into transactions.
-- Outer joins on purpose: an item without its product fails, since the column is not null, instead of vanishing.
-- The case in catalogue stands for `product_name is not null`: of a case, PostgreSQL expects few rows, and so keeps the
-- catalogue, not the items, in memory.
-- Reads sale_decisions, file_decisions, stage_items, products, flavours and kept_aside; writes baskets.
-- Parameter: kept_aside_of_moves, a condition.
insert into baskets (transaction_id, item_number, product_id, flavour_id, unit_price)
with catalogue as (
    select
        stage_items.ingest_id,
        stage_items.catalogue_number,
        products.product_id,
        flavours.flavour_id,
        stage_items.unit_price
    from stage_items
    left join products
        on stage_items.product_name = products.product_name and stage_items.size = products.size
    left join flavours on stage_items.flavour_name = flavours.flavour_name
    where case when stage_items.product_name is null then 0 else 1 end = 1
)

select
    file_decisions.loaded_file_id * 1000000000 + stage_items.line_number as transaction_id,
    stage_items.item_number,
    catalogue.product_id,
    catalogue.flavour_id,
    catalogue.unit_price
from stage_items
inner join file_decisions on stage_items.ingest_id = file_decisions.ingest_id
left join catalogue
    on
        stage_items.ingest_id = catalogue.ingest_id
        and stage_items.catalogue_number = catalogue.catalogue_number
left join sale_decisions
    on
        file_decisions.loaded_file_id * 1000000000 + stage_items.line_number = sale_decisions.transaction_id
        and sale_decisions.place_after = 'kept_aside'
where file_decisions.loaded_file_id is not null and sale_decisions.transaction_id is null
union all
select
    kept_aside.transaction_id,
    kept_aside.item_number,
    kept_aside.product_id,
    kept_aside.flavour_id,
    kept_aside.unit_price
from sale_decisions
inner join kept_aside on sale_decisions.transaction_id = kept_aside.transaction_id
where
    sale_decisions.place_before = 'kept_aside'
    and sale_decisions.place_after = 'transactions'
    and %(kept_aside_of_moves)s;
