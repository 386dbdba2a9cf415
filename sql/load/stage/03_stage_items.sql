-- stage_items: one row for each item of those sales. The first row of a file with a catalogue_number has the names and
-- the price: in all later ones they are null. An item without a size or a flavour has an empty one.
-- Filled by COPY; chalicelib/parts.py has the same columns.
create temp table stage_items (
    ingest_id bigint not null,
    line_number integer not null,
    item_number integer not null,
    catalogue_number integer not null,
    product_name varchar(200),
    size varchar(20),
    flavour_name varchar(200),
    unit_price numeric(10, 2)
);
