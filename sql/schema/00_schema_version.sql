-- schema_version: one row for each version of the schema that create_database has applied.
create table if not exists schema_version (
    version integer not null,
    applied_at timestamp not null
);
