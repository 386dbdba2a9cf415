-- sales_of_customer: one row: the number of sales that an erasure would move to a store's unknown customer.
-- Reads transactions, customers, stores; parameters: store_key and customer_hash.
select count(*) as sales
from transactions
inner join customers on transactions.customer_id = customers.customer_id
inner join stores on customers.store_id = stores.store_id
where stores.store_key = %(store_key)s and customers.customer_hash = %(customer_hash)s;
