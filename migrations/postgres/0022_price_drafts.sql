-- Prices that somebody works on in the console, and prices that were published for later and taken back (docs/decisions/0048).

-- One draft for the installation: the price lists of a model as they would be published. It is worked on, so it changes and goes.
create table price_draft (
  model text collate "C" primary key,
  -- JSON: list of { when, base, tiers, rounding }, in the words of `price`.
  lists text not null,
  actor text not null,
  updated_at bigint not null
);

-- A published price never changes or goes (I-40). One that was taken back before its moment never comes into force.
create table price_withdrawn (
  price_id integer primary key references price (id),
  actor text not null,
  at bigint not null
);

create trigger price_withdrawn_never_changes before update on price_withdrawn
for each row execute function raise_refusal('a price that was taken back stays so; publish a new one');
create trigger price_withdrawn_never_goes before delete on price_withdrawn
for each row execute function raise_refusal('a price that was taken back stays so; publish a new one');
