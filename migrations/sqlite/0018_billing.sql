-- Codes that are redeemed for credit, what invoices call an account, and the invoices themselves.

-- The code itself is shown once, when it is made: 128 random bits, of which the hash stays (I-65).
create table redeem_code (
  id integer primary key,
  public_id text not null unique,
  hash blob not null unique check (length(hash) = 32),
  last4 text not null,
  -- Where the money comes from: `promo` was given, `paid` was paid for elsewhere.
  kind text not null check (kind in ('promo', 'paid')),
  amount integer not null check (amount > 0),
  -- How often it may be redeemed, how often it was, and how often by one account.
  uses integer not null check (uses > 0),
  used integer not null default 0 check (used >= 0 and used <= uses),
  per_account integer not null default 1 check (per_account > 0),
  expires_at integer,
  note text,
  created_by text not null,
  created_at integer not null,
  revoked_at integer
) strict;

create table redeem_use (
  code_id integer not null references redeem_code (id),
  -- From 1 to the code's `uses`: two cannot be the same one.
  number integer not null check (number > 0),
  account_id integer not null references account (id),
  transfer_id integer not null,
  -- What the client called the attempt, so that a repeated one is answered and not made again.
  request_key text,
  actor text not null,
  created_at integer not null,
  primary key (code_id, number)
) strict;

create index redeem_use_by_account on redeem_use (account_id, code_id);
create unique index redeem_use_once on redeem_use (account_id, request_key) where request_key is not null;

-- What an account's owner wants to read on invoices, and when the account was closed for good.
create table account_details (
  account_id integer primary key references account (id),
  company text,
  address text,
  tax_id text,
  closed_at integer,
  updated_at integer not null
) strict;

-- An invoice is written once and then only read: its content is what was true when it was issued. Numbers have no gaps.
create table invoice (
  number integer primary key,
  public_id text not null unique,
  account_id integer not null references account (id),
  kind text not null check (kind in ('month', 'credit')),
  -- The month (`2026-10`), or the transfer's id.
  subject text not null,
  content text not null check (json_valid(content)),
  issued_at integer not null,
  unique (account_id, kind, subject)
) strict;

create trigger invoice_never_changes before update on invoice
begin select raise(abort, 'invoices are never changed'); end;
create trigger invoice_never_goes before delete on invoice
begin select raise(abort, 'invoices are never deleted'); end;
