-- customer_files: one row for each file with sales of a customer: the first one, and how many they are.
-- Reads transactions and kept_aside; parameter: customer_id.
select
    sales.file_id,
    min(sales.transaction_id) as first_transaction_id,
    count(*) as sales
from (
    select
        transactions.file_id,
        transactions.transaction_id
    from transactions
    where transactions.customer_id = %(customer_id)s
    union all
    select
        kept_aside.file_id,
        kept_aside.transaction_id
    from kept_aside
    where kept_aside.item_number = 1 and kept_aside.customer_id = %(customer_id)s
) as sales
group by sales.file_id;
