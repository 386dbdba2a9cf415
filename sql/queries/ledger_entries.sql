-- ledger_entries: one row for each version of a file with one of these keys or contents, and for each with the content
-- of a version of these keys whose sales may leave. Each row begins with the version of the tables and the ledger's
-- greatest file_id; if no version of a file matches, that is all there is.
-- Reads load_files and schema_version; parameters: contents and object_keys, lists.
with matches as (
    select
        load_files.file_id,
        load_files.object_key,
        load_files.content_sha256,
        load_files.version_id,
        load_files.etag,
        load_files.last_modified,
        load_files.sequencer,
        load_files.hash_key_id,
        load_files.store_name,
        load_files.rows_read,
        load_files.rows_loaded,
        load_files.rows_rejected,
        load_files.items,
        load_files.total,
        load_files.status,
        load_files.reason,
        load_files.sentence,
        load_files.reading,
        load_files.remarks,
        load_files.loaded_at,
        load_files.superseded_by,
        load_files.sales_file_id
    from load_files
    where
        load_files.content_sha256 in %(contents)s
        or load_files.object_key in %(object_keys)s
),

entries as (
    select
        matches.file_id,
        matches.object_key,
        matches.content_sha256,
        matches.version_id,
        matches.etag,
        matches.last_modified,
        matches.sequencer,
        matches.hash_key_id,
        matches.store_name,
        matches.rows_read,
        matches.rows_loaded,
        matches.rows_rejected,
        matches.items,
        matches.total,
        matches.status,
        matches.reason,
        matches.sentence,
        matches.reading,
        matches.remarks,
        matches.loaded_at,
        matches.superseded_by,
        matches.sales_file_id
    from matches
    union all
    select
        same_content.file_id,
        same_content.object_key,
        same_content.content_sha256,
        same_content.version_id,
        same_content.etag,
        same_content.last_modified,
        same_content.sequencer,
        same_content.hash_key_id,
        same_content.store_name,
        same_content.rows_read,
        same_content.rows_loaded,
        same_content.rows_rejected,
        same_content.items,
        same_content.total,
        same_content.status,
        same_content.reason,
        same_content.sentence,
        same_content.reading,
        same_content.remarks,
        same_content.loaded_at,
        same_content.superseded_by,
        same_content.sales_file_id
    from matches
    inner join load_files as same_content on matches.content_sha256 = same_content.content_sha256
    where
        matches.sales_file_id is not null
        and matches.content_sha256 not in %(contents)s
        and same_content.object_key not in %(object_keys)s
),

greatest as (
    select coalesce(max(load_files.file_id), 0) as file_id
    from load_files
),

tables as (
    select coalesce(max(schema_version.version), 0) as schema_version
    from schema_version
)

select
    tables.schema_version,
    greatest.file_id as greatest_file_id,
    entries.file_id,
    entries.object_key,
    entries.content_sha256,
    entries.version_id,
    entries.etag,
    entries.last_modified,
    entries.sequencer,
    entries.hash_key_id,
    entries.store_name,
    entries.rows_read,
    entries.rows_loaded,
    entries.rows_rejected,
    entries.items,
    entries.total,
    entries.status,
    entries.reason,
    entries.sentence,
    entries.reading,
    entries.remarks,
    entries.loaded_at,
    entries.superseded_by,
    entries.sales_file_id
from greatest
cross join tables
left join entries on greatest.file_id >= entries.file_id
order by entries.file_id desc;
