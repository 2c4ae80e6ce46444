-- Alerts of accounts: what is watched, what was said, and how it got there.

create table alert_rule (
  id integer primary key,
  public_id text not null unique,
  account_id integer not null references account (id),
  kind text not null check (kind in ('low_balance', 'key_budget', 'daily_spend')),
  -- The balance below which it says so; the least spend of a day that is worth a word. Nano-units.
  amount integer check (amount > 0),
  -- Of a key's budget.
  percent integer check (percent between 1 and 100),
  -- Times the usual day, in tenths.
  factor integer check (factor >= 10),
  -- JSON: list of the members who get a mail.
  people text not null check (json_valid(people)),
  webhook integer not null check (webhook in (0, 1)),
  enabled integer not null default 1 check (enabled in (0, 1)),
  created_at integer not null,
  updated_at integer not null
) strict;

create index alert_rule_by_account on alert_rule (account_id, id);

-- A crossing that was told of. The row goes when the state is left, and with it comes the next alert.
create table alert_state (
  rule_id integer not null references alert_rule (id) on delete cascade,
  -- What it is about: the account, a key, a day.
  subject text not null,
  fired_at integer not null,
  primary key (rule_id, subject)
) strict, without rowid;

-- Where an account's events are posted to. The secret that they are signed with is sealed.
create table alert_webhook (
  account_id integer primary key references account (id),
  url text not null,
  secret text not null,
  -- Deliveries in a row that failed for good.
  failures integer not null default 0,
  disabled_at integer,
  created_at integer not null,
  updated_at integer not null
) strict;

create table alert_delivery (
  id integer primary key,
  public_id text not null unique,
  account_id integer not null references account (id),
  event text not null,
  channel text not null check (channel in ('mail', 'webhook')),
  -- A mail address; null for the webhook, which is read when it is sent.
  target text,
  -- JSON, as it is posted; of a mail its subject and text.
  body text not null check (json_valid(body)),
  state text not null check (state in ('waiting', 'delivered', 'failed')),
  tries integer not null default 0,
  due_at integer,
  -- What the other side answered last; null: nothing.
  status integer,
  created_at integer not null,
  done_at integer
) strict;

create index alert_delivery_due on alert_delivery (due_at) where due_at is not null;
create index alert_delivery_by_account on alert_delivery (account_id, id);

-- One row: until when somebody has the round.
create table alert_round (
  id integer primary key check (id = 1),
  until integer not null
) strict;

insert into alert_round (id, until) values (1, 0);
