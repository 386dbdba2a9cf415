-- What Redshift knows and PostgreSQL does not, created in each database behind the stand-in, in a schema of its own.
create schema redshift;

create function redshift.getdate() returns timestamp language sql stable as $$
    select cast(date_trunc('second', clock_timestamp() at time zone 'UTC') as timestamp)
$$;

-- dateadd(second, -5, …): the stand-in quotes the part of the date, which is a bare word on Redshift.
create function redshift.dateadd(part varchar, amount bigint, origin timestamp) returns timestamp language sql immutable
as $$ select origin + amount * cast('1 ' || part as interval) $$;

-- Called by the check of a column that stands in for VARCHAR(n); the column is named as COPY's errors need it.
create function redshift.too_long(length integer, column_name varchar) returns boolean language plpgsql as $$
begin
    raise exception using
        message = format('value too long for type character varying(%s)', length),
        errcode = '22001',
        column = column_name;
end
$$;

-- `create or replace view` may change nothing about the columns. PostgreSQL would let new ones be added at the end.
create function redshift.replace_view(view_name varchar, definition varchar) returns void language plpgsql as $$
declare
    existing regclass := to_regclass(quote_ident(view_name));
    columns_before integer;
begin
    select count(*) into columns_before from pg_attribute where attrelid = existing and attnum > 0;
    execute definition;
    if existing is not null and
        columns_before <> (select count(*) from pg_attribute where attrelid = existing and attnum > 0)
    then
        raise exception using message = 'cannot change number of columns in view', errcode = '42P16';
    end if;
end
$$;

create view redshift.svv_transactions as
select
    pg_stat_activity.usename as txn_owner,
    pg_stat_activity.datname as txn_db,
    pg_stat_activity.backend_xid as xid,
    pg_locks.pid,
    cast(pg_stat_activity.xact_start at time zone 'UTC' as timestamp) as txn_start,
    pg_locks.mode as lock_mode,
    pg_locks.locktype as lockable_object_type,
    pg_locks.relation,
    pg_locks.granted
from pg_locks
inner join pg_stat_activity on pg_locks.pid = pg_stat_activity.pid;

-- The errors of COPY. The messages hold nothing of a row, unlike Redshift's own.
create table redshift.sys_load_error_detail (
    database_name varchar(64),
    start_time timestamp,
    file_name varchar(256),
    line_number bigint,
    column_name varchar(127),
    error_code integer,
    error_message varchar(512)
);

grant usage on schema redshift to public;
-- On Redshift every user may create tables in the schema `public`.
grant usage, create on schema public to public;
grant select, insert on all tables in schema redshift to public;
