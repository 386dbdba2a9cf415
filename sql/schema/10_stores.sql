-- stores: one row per store.
create table if not exists stores (
    store_id bigint not null,
    store_name varchar(200) not null
);
