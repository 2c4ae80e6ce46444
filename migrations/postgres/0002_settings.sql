-- What the operator configured: one row per object of the configuration file or the console (src/settings/store.ts).

create table config_object (
  -- Compared byte by byte, as on SQLite, so that lists have the same order on both.
  kind text collate "C" not null check (kind in ('storefront', 'sandbox', 'upstream', 'model', 'plan')),
  id text collate "C" not null check (length(id) between 1 and 128),
  -- The object's fields as JSON; credentials in it are sealed.
  data text not null check (data::json is not null),
  -- What the file said when it was last applied, as JSON; of credentials only a keyed fingerprint.
  applied text not null check (applied::json is not null),
  enabled smallint not null check (enabled in (0, 1)),
  -- Milliseconds since the Unix epoch.
  updated_at bigint not null,
  primary key (kind, id)
);
