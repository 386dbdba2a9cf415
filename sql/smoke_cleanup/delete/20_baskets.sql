-- baskets: deletes the items of the files.
-- Reads smoke_files and transactions.
delete from baskets
where
    transaction_id in (
        select transactions.transaction_id
        from transactions
        inner join smoke_files on transactions.file_id = smoke_files.file_id
    );
