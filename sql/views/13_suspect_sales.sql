-- suspect_sales: one row for each sale of a customer for whom two current files contain different sales in one store
-- and minute. Nobody can tell which file is right, so all these sales count.
create view suspect_sales as
with shared_days as (
    -- few days of a store have more than one file: only their sales are compared by the minute
    select
        transactions.store_id,
        cast(transactions.sold_at as date) as sold_on
    from transactions
    group by transactions.store_id, cast(transactions.sold_at as date)
    having min(transactions.file_id) <> max(transactions.file_id)
),

compared as (
    select
        transactions.transaction_id,
        transactions.file_id,
        transactions.store_id,
        transactions.customer_id,
        transactions.payment_type,
        transactions.total_price,
        date_trunc('minute', transactions.sold_at) as sold_in_minute,
        min(transactions.file_id) over (
            partition by
                transactions.store_id, transactions.customer_id, date_trunc('minute', transactions.sold_at)
        ) as first_file_id,
        max(transactions.file_id) over (
            partition by
                transactions.store_id, transactions.customer_id, date_trunc('minute', transactions.sold_at)
        ) as last_file_id
    from transactions
    inner join shared_days
        on transactions.store_id = shared_days.store_id and cast(transactions.sold_at as date) = shared_days.sold_on
)

select
    stores.store_name,
    compared.sold_in_minute,
    compared.customer_id,
    compared.transaction_id,
    load_files.object_key,
    compared.payment_type,
    compared.total_price
from compared
inner join stores on compared.store_id = stores.store_id
inner join load_files on compared.file_id = load_files.file_id
where compared.first_file_id <> compared.last_file_id;
