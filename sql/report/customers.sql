-- customers: one row: the customers of a day, and how many of them had bought in the same store in the weeks before.
-- Sales without a name are nobody's. A customer's number belongs to one store.
-- Reads item_sales, transactions; parameters: day; since, the first day of the weeks before; store_name, empty for all.
with customers_of_day as (
    select item_sales.customer_id
    from item_sales
    where
        item_sales.sold_on = %(day)s
        and item_sales.customer_id is not null
        and %(store_name)s in ('', item_sales.store_name)
    group by item_sales.customer_id
),

earlier_customers as (
    select transactions.customer_id
    from transactions
    where transactions.sold_at >= %(since)s and transactions.sold_at < %(day)s
    group by transactions.customer_id
)

select
    count(*) as customers,
    count(earlier_customers.customer_id) as returning_customers
from customers_of_day
left join earlier_customers on customers_of_day.customer_id = earlier_customers.customer_id;
