-- kept_aside: the same for sales that are kept aside.
-- Writes kept_aside; parameters: customer_id and unknown_customer_id.
update kept_aside
set
    customer_id = %(unknown_customer_id)s,
    sale_key = kept_aside.transaction_id
where kept_aside.customer_id = %(customer_id)s;
