-- The audit log's chain (I-74): hash = SHA-256 of the hash before and of the log's row. A row of the log is chained in the transaction
-- that writes it; those that the ledger writes by itself, with the next one or within minutes (src/db/audit-log.ts).
create table audit_chain (
  seq integer primary key,
  audit_id integer not null unique references audit_log (id),
  hash blob not null check (length(hash) = 32)
) strict;

create trigger audit_chain_never_changes before update on audit_chain
begin select raise(abort, 'the audit log is never changed'); end;
create trigger audit_chain_never_goes before delete on audit_chain
begin select raise(abort, 'the audit log is never deleted'); end;
