-- load_lock: a load locks it first, so that loads take turns; no reader ever touches it. It has no rows, or one that
-- loads write instead where Redshift refuses LOCK, see chalicelib/warehouse/lock.py.
create table if not exists load_lock (
    locked_by varchar(64)
);
