-- file_days: one row for each store and day of which a file states sales, and how many.
create table if not exists file_days (
    file_id bigint not null,
    store_key varchar(200) not null,
    sold_on date not null,
    sales integer not null
);
