-- customer: one row for the customer with this hash in this store, with the store's unknown customer, if it has one.
-- Reads customers and stores; parameters: store_key and customer_hash.
select
    stores.store_id,
    customers.customer_id,
    unknown_customers.customer_id as unknown_customer_id
from stores
inner join customers on stores.store_id = customers.store_id
left join customers as unknown_customers
    on stores.store_id = unknown_customers.store_id and unknown_customers.customer_hash = ''
where stores.store_key = %(store_key)s and customers.customer_hash = %(customer_hash)s;
