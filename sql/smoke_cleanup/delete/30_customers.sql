-- customers: deletes those of the smoke test's store, unless they have sales of another smoke test.
-- Reads stores and transactions.
delete from customers
where
    store_id in (
        select stores.store_id
        from stores
        where stores.store_name = 'Smoke test'
    )
    and customer_id not in (
        select transactions.customer_id
        from transactions
        inner join stores on transactions.store_id = stores.store_id
        where stores.store_name = 'Smoke test'
    );
