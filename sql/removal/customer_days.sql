-- customer_days: one row for each day on which a customer bought something, with the day's first transaction.
-- Reads transactions and kept_aside; parameter: customer_id.
select
    sales.sold_on,
    min(sales.transaction_id) as first_transaction_id,
    count(*) as sales
from (
    select
        transactions.transaction_id,
        cast(transactions.sold_at as date) as sold_on
    from transactions
    where transactions.customer_id = %(customer_id)s
    union all
    select
        kept_aside.transaction_id,
        cast(kept_aside.sold_at as date) as sold_on
    from kept_aside
    where kept_aside.item_number = 1 and kept_aside.customer_id = %(customer_id)s
) as sales
group by sales.sold_on;
