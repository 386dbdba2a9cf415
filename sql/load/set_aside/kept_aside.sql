-- kept_aside: inserts the items of the sales that another file counts from now on: sales that counted before, staged
-- ones, and ones that were kept aside for another sale. The rows of before are deleted afterwards. Outer joins on
-- purpose: an item without its store, customer or product fails, since the columns are not null.
-- Reads sale_decisions, transactions, baskets, kept_aside, file_decisions, the staging tables and all dimensions;
-- writes kept_aside. Parameters: transactions_of_moves, baskets_of_moves and kept_aside_of_moves, conditions.
insert into kept_aside (
    transaction_id, file_id, line_number, sale_key, visit_key, sold_at, store_id, customer_id, payment_type,
    total_price, item_number, product_id, flavour_id, unit_price, taken_over_by
)
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
    where stage_items.product_name is not null
)

select
    transactions.transaction_id,
    transactions.file_id,
    transactions.line_number,
    transactions.sale_key,
    transactions.visit_key,
    transactions.sold_at,
    transactions.store_id,
    transactions.customer_id,
    transactions.payment_type,
    transactions.total_price,
    baskets.item_number,
    baskets.product_id,
    baskets.flavour_id,
    baskets.unit_price,
    sale_decisions.taken_over_by
from sale_decisions
inner join transactions on sale_decisions.transaction_id = transactions.transaction_id
inner join baskets on sale_decisions.transaction_id = baskets.transaction_id
where
    sale_decisions.place_before = 'transactions'
    and sale_decisions.place_after = 'kept_aside'
    and %(transactions_of_moves)s
    and %(baskets_of_moves)s
union all
select
    sale_decisions.transaction_id,
    sale_decisions.file_id,
    stage_sales.line_number,
    stage_sales.sale_key,
    stage_sales.visit_key,
    stage_sales.sold_at,
    stores.store_id,
    customers.customer_id,
    stage_sales.payment_type,
    stage_sales.total_price,
    stage_items.item_number,
    catalogue.product_id,
    catalogue.flavour_id,
    catalogue.unit_price,
    sale_decisions.taken_over_by
from sale_decisions
inner join file_decisions on sale_decisions.file_id = file_decisions.loaded_file_id
inner join stage_sales
    on
        file_decisions.ingest_id = stage_sales.ingest_id
        and sale_decisions.transaction_id - file_decisions.loaded_file_id * 1000000000 = stage_sales.line_number
inner join stage_items
    on stage_sales.ingest_id = stage_items.ingest_id and stage_sales.line_number = stage_items.line_number
left join stores on stage_sales.store_key = stores.store_key
left join customers
    on stage_sales.customer_hash = customers.customer_hash and stores.store_id = customers.store_id
left join catalogue
    on
        stage_items.ingest_id = catalogue.ingest_id
        and stage_items.catalogue_number = catalogue.catalogue_number
where sale_decisions.place_before = 'staged' and sale_decisions.place_after = 'kept_aside'
union all
select
    kept_aside.transaction_id,
    kept_aside.file_id,
    kept_aside.line_number,
    kept_aside.sale_key,
    kept_aside.visit_key,
    kept_aside.sold_at,
    kept_aside.store_id,
    kept_aside.customer_id,
    kept_aside.payment_type,
    kept_aside.total_price,
    kept_aside.item_number,
    kept_aside.product_id,
    kept_aside.flavour_id,
    kept_aside.unit_price,
    sale_decisions.taken_over_by
from sale_decisions
inner join kept_aside on sale_decisions.transaction_id = kept_aside.transaction_id
where
    sale_decisions.place_before = 'kept_aside'
    and sale_decisions.place_after = 'kept_aside'
    and sale_decisions.taken_over_by <> kept_aside.taken_over_by
    and %(kept_aside_of_moves)s;
