-- stage_items: one row for each item of those sales. The first row of a file with a catalogue_number has the names:
-- in all later ones product_name, size and flavour_name are empty. Size and flavour are empty, too, if there is none.
-- Filled by COPY; chalicelib/parts.py has the same columns.
create temp table stage_items (
    ingest_id bigint not null,
    line_number integer not null,
    item_number integer not null,
    catalogue_number integer not null,
    product_name varchar(200) not null,
    size varchar(20) not null,
    flavour_name varchar(200) not null,
    unit_price numeric(10, 2) not null
);
