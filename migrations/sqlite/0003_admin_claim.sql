-- One-time codes with which the first operator claims the installation. Only a hash is stored; a code is valid for one hour.
CREATE TABLE admin_claim (
  id INTEGER PRIMARY KEY,
  code_hash BLOB NOT NULL UNIQUE CHECK (length(code_hash) = 32),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL CHECK (expires_at > created_at),
  claimed_at INTEGER
) STRICT;
