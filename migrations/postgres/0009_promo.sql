-- What of an account's balance is promotional credit. It is spent first: whatever lowers the balance lowers it, down to nothing, so
-- that what is left of the balance was paid for and may be paid back. Credits and refunds of it add to it.
alter table account add column promo bigint not null default 0 check (promo >= 0);

create function account_spend_promo() returns trigger language plpgsql as $$
begin
  new.promo := greatest(0, old.promo - (old.balance - new.balance));
  return new;
end $$;

create trigger account_spends_promo_first before update of balance on account
for each row when (new.balance < old.balance and old.promo > 0) execute function account_spend_promo();

-- A customer's own transfers: his history, and what he was given.
create index transfer_to on transfer (credit_account_id, id) where kind <> 'charges';
create index transfer_from on transfer (debit_account_id, id) where debit_account_id is not null;
