-- customers: deletes those without any sale, which may come from a file that is erased.
-- Reads transactions and kept_aside; writes customers. Joins, not `not in`: that would compare each customer with each
-- sale.
delete from customers
using (
    select existing.customer_id
    from customers as existing
    left join transactions on existing.customer_id = transactions.customer_id
    left join kept_aside on existing.customer_id = kept_aside.customer_id
    where transactions.customer_id is null and kept_aside.customer_id is null
) as without_sales
where customers.customer_id = without_sales.customer_id;
