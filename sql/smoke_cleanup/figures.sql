-- figures: one row: the counts and sums of the files in the warehouse.
-- Reads smoke_files, transactions and baskets.
with sales as (
    select
        transactions.transaction_id,
        transactions.total_price
    from transactions
    inner join smoke_files on transactions.file_id = smoke_files.file_id
),

items as (
    select baskets.unit_price
    from baskets
    inner join sales on baskets.transaction_id = sales.transaction_id
)

select
    (select count(*) from smoke_files) as files,
    (select count(*) from sales) as sales,
    (select coalesce(sum(sales.total_price), 0) from sales) as total,
    (select count(*) from items) as items,
    (select coalesce(sum(items.unit_price), 0) from items) as prices;
