-- customers: deletes those without any sale, which may come from a file that is erased.
-- Reads transactions and kept_aside; writes customers.
delete from customers
where
    customers.customer_id not in (select transactions.customer_id from transactions)
    and customers.customer_id not in (select kept_aside.customer_id from kept_aside);
