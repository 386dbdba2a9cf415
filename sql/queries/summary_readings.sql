-- summary_readings: two rows for each store with a file of its own that states sales of a day: this file, and the
-- store's file before it, each with the last day up to then of which it states sales.
-- Reads load_files, file_days; parameters: day and since, days.
with files as (
    select
        file_days.store_key,
        load_files.store_name,
        load_files.file_id,
        load_files.reading,
        max(file_days.sold_on) as last_sold_on
    from load_files
    inner join file_days on load_files.file_id = file_days.file_id
    where
        load_files.status = 'loaded'
        and load_files.store_name <> ''
        and file_days.sold_on between %(since)s and %(day)s
    group by file_days.store_key, load_files.store_name, load_files.file_id, load_files.reading
),

ranked as (
    select
        files.store_key,
        files.store_name,
        files.reading,
        files.last_sold_on,
        max(files.last_sold_on) over (partition by files.store_key) as newest_sold_on,
        row_number() over (
            partition by files.store_key
            order by files.last_sold_on desc, files.file_id desc
        ) as place
    from files
)

select
    ranked.store_key,
    ranked.store_name,
    ranked.reading,
    ranked.last_sold_on
from ranked
where ranked.place <= 2 and ranked.newest_sold_on = %(day)s
order by ranked.store_key, ranked.place;
