-- transactions: gives a customer's sales to the store's unknown customer. The sale key, which digests the name, goes,
-- too: the transaction's own number takes its place, since sales without a name are only counted.
-- Writes transactions; parameters: customer_id and unknown_customer_id.
update transactions
set
    customer_id = %(unknown_customer_id)s,
    sale_key = transactions.transaction_id
where transactions.customer_id = %(customer_id)s;
