-- schema_version: one row for each version of the schema that the tables have been brought to.
create table if not exists schema_version (
    version integer not null,
    applied_at timestamp not null
);
