-- stores: one row per store. store_key: its name without case, and with spaces, hyphens and underscores alike; empty
-- for a store of an older warehouse that is another one's by this key.
create table if not exists stores (
    store_id bigint not null,
    store_name varchar(200) not null,
    store_key varchar(200) not null
);
