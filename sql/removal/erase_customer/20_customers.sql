-- customers: deletes the customer.
-- Writes customers; parameter: customer_id.
delete from customers
where customers.customer_id = %(customer_id)s and customers.customer_hash <> '';
