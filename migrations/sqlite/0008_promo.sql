-- What of an account's balance is promotional credit. It is spent first: whatever lowers the balance lowers it, down to nothing, so
-- that what is left of the balance was paid for and may be paid back. Credits and refunds of it add to it.
alter table account add column promo integer not null default 0 check (promo >= 0);

create trigger account_spends_promo_first after update of balance on account
when new.balance < old.balance and old.promo > 0
begin update account set promo = max(0, old.promo - (old.balance - new.balance)) where id = new.id; end;

-- A customer's own transfers: his history, and what he was given.
create index transfer_to on transfer (credit_account_id, id) where kind <> 'charges';
create index transfer_from on transfer (debit_account_id, id) where debit_account_id is not null;
