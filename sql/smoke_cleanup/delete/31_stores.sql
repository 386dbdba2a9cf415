-- stores: deletes the smoke test's store with its last customer.
-- Reads customers.
delete from stores
where
    store_name = 'Smoke test'
    and store_id not in (select customers.store_id from customers);
