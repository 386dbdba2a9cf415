-- store_days: one row for each day on which any store sold something, and each store that is expected to: from its own
-- first day on, until it has sold nothing for more than four weeks. A day on which it sold nothing is missing.
-- Read from the ledger, which has a row for each store and day, and not from the sales: each day that a current file
-- states has a sale that counts.
create view store_days as
with sold_days as (
    -- a file that is erased or withdrawn states nothing, unless another current file has its content
    select
        stores.store_name,
        file_days.sold_on
    from load_files
    inner join file_days on load_files.sales_file_id = file_days.file_id
    inner join stores on file_days.store_key = stores.store_key
    group by stores.store_name, file_days.sold_on
),

first_days as (
    select
        sold_days.store_name,
        min(sold_days.sold_on) as first_sold_on
    from sold_days
    group by sold_days.store_name
),

all_days as (
    select sold_days.sold_on
    from sold_days
    group by sold_days.sold_on
),

pairs as (
    -- last_sold_on: the store's newest day with sales, up to this one
    select
        first_days.store_name,
        all_days.sold_on,
        max(sold_days.sold_on) over (
            partition by first_days.store_name
            order by all_days.sold_on
            rows between unbounded preceding and current row
        ) as last_sold_on
    from first_days
    inner join all_days on first_days.first_sold_on <= all_days.sold_on
    left join sold_days
        on first_days.store_name = sold_days.store_name and all_days.sold_on = sold_days.sold_on
)

select
    pairs.store_name,
    pairs.sold_on,
    pairs.last_sold_on,
    pairs.last_sold_on < pairs.sold_on as is_missing
from pairs
where pairs.sold_on - pairs.last_sold_on <= 28;
