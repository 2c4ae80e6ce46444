-- §9.2 f: a debit takes what nobody has borrowed, and what is missing is pending: the account is frozen and whatever lowers `leased` or
-- raises `balance` collects it in the same transaction, whoever does it (docs/decisions/0041).

-- What is still to be collected: the sum of `remaining` of the account's pending debits.
alter table account add column pending_debit integer not null default 0
  check (pending_debit >= 0 and (pending_debit = 0 or frozen = 1));
-- The account is frozen for its pending debits only, and is to be thawed when they are collected.
alter table account add column thaws integer not null default 0 check (thaws in (0, 1) and (thaws = 0 or frozen = 1));

create index account_thawing on account (id) where thaws = 1;

create table pending_debit (
  id integer primary key,
  account_id integer not null references account (id),
  -- Where the money goes.
  counterpart_id integer not null references account (id),
  amount integer not null check (amount > 0),
  remaining integer not null check (remaining >= 0 and remaining <= amount),
  reason text not null,
  actor text not null,
  idempotency_key text,
  created_at integer not null
) strict;

create unique index pending_debit_once on pending_debit (idempotency_key) where idempotency_key is not null;
create index pending_debit_open on pending_debit (account_id, id) where remaining > 0;

-- The pending debit of which a transfer is a part.
alter table transfer add column pending_id integer references pending_debit (id);
create index transfer_of_pending on transfer (pending_id) where pending_id is not null;

-- What each pending debit gets of what is free, the oldest first.
create view pending_part as
select d.*, max(0, min(d.remaining, a.balance - a.leased - coalesce(sum(d.remaining) over (
    partition by d.account_id order by d.id rows between unbounded preceding and 1 preceding
  ), 0))) as part
from pending_debit d join account a on a.id = d.account_id
where d.remaining > 0;

create trigger account_collects_debits after update of balance, leased, pending_debit on account
when new.pending_debit > 0 and new.balance > new.leased
begin
  insert into transfer (debit_account_id, credit_account_id, amount, kind, reason, actor, created_at, pending_id)
  select account_id, counterpart_id, part, 'debit', reason, actor, cast(unixepoch('subsec') * 1000 as integer), id
  from pending_part where account_id = new.id and part > 0 order by id;
  update account set balance = balance + p.part
  from (select counterpart_id, sum(part) as part from pending_part where account_id = new.id group by 1) p
  where account.id = p.counterpart_id;
  update pending_debit set remaining = remaining - p.part
  from (select id, part from pending_part where account_id = new.id) p
  where pending_debit.id = p.id;
  update account set
    balance = balance - min(new.pending_debit, new.balance - new.leased),
    pending_debit = pending_debit - min(new.pending_debit, new.balance - new.leased)
  where id = new.id;
end;

-- Relative to what is there: both triggers may lower it for one statement, in either order.
drop trigger account_spends_promo_first;
create trigger account_spends_promo_first after update of balance on account
when new.balance < old.balance and old.promo > 0
begin update account set promo = max(0, promo - (old.balance - new.balance)) where id = new.id; end;
