-- load_lock: has no rows. A load locks it first, so that loads take turns; no reader ever touches it.
create table if not exists load_lock (
    locked_by varchar(64)
);
