-- stores: one row a store.
create table if not exists stores (
    store_id bigint not null,
    store_name varchar(200) not null
);
