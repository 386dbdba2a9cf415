-- baskets: deletes the items of the leaving sales, and inserts the items of the inserted sales.
-- Outer joins on purpose: an item without its product fails, since the column is not null, instead of vanishing.
-- Reads leaving_transactions, file_decisions, stage_items, products and flavours; writes baskets.
delete from baskets
using leaving_transactions
where
    baskets.transaction_id = leaving_transactions.transaction_id
    and baskets.transaction_id >= (select min(first_one.transaction_id) from leaving_transactions as first_one)
    and baskets.transaction_id <= (select max(last_one.transaction_id) from leaving_transactions as last_one);

insert into baskets (transaction_id, item_number, product_id, flavour_id, unit_price)
select
    file_decisions.loaded_file_id * 1000000000 + stage_items.line_number as transaction_id,
    stage_items.item_number,
    products.product_id,
    flavours.flavour_id,
    stage_items.unit_price
from stage_items
inner join file_decisions on stage_items.ingest_id = file_decisions.ingest_id
left join products
    on stage_items.product_name = products.product_name and stage_items.size = products.size
left join flavours on stage_items.flavour_name = flavours.flavour_name
left join leaving_transactions
    on file_decisions.loaded_file_id * 1000000000 + stage_items.line_number = leaving_transactions.transaction_id
where file_decisions.loaded_file_id is not null and leaving_transactions.transaction_id is null;
