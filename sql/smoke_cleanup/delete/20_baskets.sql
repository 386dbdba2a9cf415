-- baskets: those of the files leave.
-- Reads withdrawn_files and transactions.
delete from baskets
where
    transaction_id in (
        select transactions.transaction_id
        from transactions
        inner join withdrawn_files on transactions.file_id = withdrawn_files.file_id
    );
