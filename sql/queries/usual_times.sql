-- usual_times: one row for each store that sent a file on most days and none today: the latest minute of a day, in UTC,
-- at which the first file of a day arrived.
-- Reads load_files; parameters: since, until and today, times in UTC, and least_days, a number of days.
with arrivals as (
    select
        load_files.store_name,
        cast(load_files.last_modified as date) as arrived_on,
        min(load_files.last_modified) as arrived_at
    from load_files
    where
        load_files.store_name <> ''
        and load_files.last_modified >= %(since)s
        and load_files.last_modified <= %(until)s
    group by load_files.store_name, cast(load_files.last_modified as date)
)

select
    arrivals.store_name,
    max(
        cast(extract(hour from arrivals.arrived_at) * 60 + extract(minute from arrivals.arrived_at) as integer)
    ) as latest_minute
from arrivals
group by arrivals.store_name
having count(*) >= %(least_days)s and max(arrivals.arrived_at) < %(today)s
order by arrivals.store_name;
