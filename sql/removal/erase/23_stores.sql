-- stores: deletes those without any sale, as with products.
-- Reads transactions and kept_aside; writes stores.
delete from stores
where
    stores.store_id not in (select transactions.store_id from transactions)
    and stores.store_id not in (select kept_aside.store_id from kept_aside);
