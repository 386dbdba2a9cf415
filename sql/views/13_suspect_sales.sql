-- suspect_sales: one row for each sale that may be another file's sale, too: two current files contain different sales
-- of one store and minute that have the same customer, or the same payment, total and items. Nobody can tell which file
-- is right, so all these sales count. The windows name the day, too, so that a filter on it reaches both reads.
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

shared_sales as (
    -- Sales without a name have no customer in common, and old sales no visit. The unknown customers are few, and have
    -- an index of their own: see item_sales.
    select
        transactions.transaction_id,
        transactions.file_id,
        transactions.store_id,
        transactions.customer_id,
        transactions.payment_type,
        transactions.total_price,
        cast(transactions.sold_at as date) as sold_on,
        date_trunc('minute', transactions.sold_at) as sold_in_minute,
        case
            when unknown_customers.customer_id is null then transactions.customer_id
            else transactions.transaction_id
        end as customer,
        coalesce(transactions.visit_key, transactions.transaction_id) as visit
    from transactions
    inner join shared_days
        on transactions.store_id = shared_days.store_id and cast(transactions.sold_at as date) = shared_days.sold_on
    left join customers as unknown_customers
        on transactions.customer_id = unknown_customers.customer_id and unknown_customers.hash_key_id = ''
),

compared as (
    select
        shared_sales.transaction_id,
        shared_sales.file_id,
        shared_sales.store_id,
        shared_sales.customer_id,
        shared_sales.payment_type,
        shared_sales.total_price,
        shared_sales.sold_on,
        shared_sales.sold_in_minute,
        min(shared_sales.file_id) over (
            partition by shared_sales.store_id, shared_sales.sold_on, shared_sales.customer, shared_sales.sold_in_minute
        ) as first_file_of_customer,
        max(shared_sales.file_id) over (
            partition by shared_sales.store_id, shared_sales.sold_on, shared_sales.customer, shared_sales.sold_in_minute
        ) as last_file_of_customer,
        min(shared_sales.file_id) over (
            partition by shared_sales.store_id, shared_sales.sold_on, shared_sales.visit, shared_sales.sold_in_minute
        ) as first_file_of_visit,
        max(shared_sales.file_id) over (
            partition by shared_sales.store_id, shared_sales.sold_on, shared_sales.visit, shared_sales.sold_in_minute
        ) as last_file_of_visit
    from shared_sales
)

select
    stores.store_name,
    compared.sold_in_minute,
    compared.customer_id,
    compared.transaction_id,
    load_files.object_key,
    compared.payment_type,
    compared.total_price,
    compared.sold_on
from compared
inner join stores on compared.store_id = stores.store_id
inner join load_files on compared.file_id = load_files.file_id
where
    compared.first_file_of_customer <> compared.last_file_of_customer
    or compared.first_file_of_visit <> compared.last_file_of_visit;
