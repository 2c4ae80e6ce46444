-- Counts the changes that every server must learn of: all but the ledger's own (src/db/postgres.ts). One row.
create table change (
  id smallint primary key default 1 check (id = 1),
  version bigint not null
);

insert into change (version) values (0);
