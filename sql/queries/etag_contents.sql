-- etag_contents: one row for each content of files with one of these eTags.
-- Reads load_files; parameter: etags, a list.
select distinct load_files.content_sha256
from load_files
where load_files.etag in %(etags)s;
