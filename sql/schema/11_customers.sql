-- customers: one row for each name in a store; the name itself is stored nowhere, only its keyed hash. A store's sales
-- without a name belong to its unknown customer, who has neither hash nor hash key: both are empty. customer_id: the
-- transaction_id of the first sale.
create table if not exists customers (
    customer_id bigint not null,
    store_id bigint not null,
    customer_hash char(64) not null,
    hash_key_id varchar(64) not null
);
