-- What the operator configured: one row per object of the configuration file or the console (src/settings/store.ts).

CREATE TABLE config_object (
  kind       TEXT    NOT NULL CHECK (kind IN ('storefront', 'sandbox', 'upstream', 'model', 'plan')),
  id         TEXT    NOT NULL CHECK (length(id) BETWEEN 1 AND 128),
  -- The object's fields as JSON; credentials in it are sealed.
  data       TEXT    NOT NULL CHECK (json_valid(data)),
  -- What the file said when it was last applied, as JSON; of credentials only a keyed fingerprint.
  applied    TEXT    NOT NULL CHECK (json_valid(applied)),
  enabled    INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  -- Milliseconds since the Unix epoch.
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
