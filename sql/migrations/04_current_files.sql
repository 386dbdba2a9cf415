-- load_files, transactions, stores, kept_aside, file_days: sales are counted by what current files state. A sale that a
-- newer file has taken over before is not in the older file any more. chalicelib/warehouse/schema.py fills store_key,
-- before file_days is filled.
alter table load_files add column sales_file_id bigint;

alter table transactions add column visit_key bigint;

alter table stores add column store_key varchar(200) default '' not null;

create table kept_aside (
    transaction_id bigint not null,
    file_id bigint not null,
    line_number integer not null,
    sale_key bigint not null,
    visit_key bigint,
    sold_at timestamp not null,
    store_id bigint not null,
    customer_id bigint not null,
    payment_type varchar(16) not null,
    total_price numeric(10, 2) not null,
    item_number integer not null,
    product_id bigint not null,
    flavour_id bigint,
    unit_price numeric(10, 2) not null,
    taken_over_by bigint not null
);

create table file_days (
    file_id bigint not null,
    store_key varchar(200) not null,
    sold_on date not null,
    sales integer not null
);

-- A duplicate states the sales of the file that is loaded with the same content; if there is none any more, it states
-- none.
update load_files
set sales_file_id = originals.file_id
from (
    select
        loaded_files.content_sha256,
        min(loaded_files.file_id) as file_id
    from load_files as loaded_files
    where loaded_files.status = 'loaded'
    group by loaded_files.content_sha256
) as originals
where
    load_files.status in ('loaded', 'duplicate')
    and load_files.content_sha256 = originals.content_sha256;
