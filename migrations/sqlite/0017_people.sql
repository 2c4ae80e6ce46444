-- People: who may sign in, how, and what each may do. The first six tables are filled through the sign-in library (better-auth), under
-- our names (src/console/people/sign-in-store.ts). Ids are unguessable text and are shown outside; times are milliseconds since the Unix
-- epoch. Of tokens only a hash is stored, but for what is sealed by the library with a key that is derived from the master secret.

create table person (
  id text primary key,
  -- In lower case.
  email text not null unique,
  email_verified integer not null default 0 check (email_verified in (0, 1)),
  name text not null,
  -- What `GET /v1/profile` shows; in lower case.
  username text not null unique,
  image text,
  -- True once a time-based code was given right; never by passkeys.
  two_factor integer not null default 0 check (two_factor in (0, 1)),
  -- What the person is in the installation; null for customers.
  role text check (role in ('operator', 'support', 'auditor')),
  disabled_at integer,
  created_at integer not null,
  updated_at integer not null
) strict;

create index person_by_role on person (role) where role is not null;

-- A way of proving who one is by a password or by another service's word. Tokens of other services are not kept.
create table person_login (
  id text primary key,
  person_id text not null references person (id),
  -- `credential` for a password, else the other service.
  provider text not null,
  provider_account text not null,
  -- The password's hash with its parameters.
  password text,
  created_at integer not null,
  updated_at integer not null,
  unique (provider, provider_account)
) strict;

create index person_login_by_person on person_login (person_id);

create table person_session (
  id text primary key,
  person_id text not null references person (id),
  -- SHA-256 of the cookie's token, in hexadecimal digits.
  token_hash text not null unique check (length(token_hash) = 64),
  created_at integer not null,
  -- The end however much it is used; people of the installation end earlier by rule.
  expires_at integer not null,
  updated_at integer not null,
  -- Kept at most once a minute: tells when it was idle for too long.
  seen_at integer not null,
  -- When the person last proved who they are.
  proved_at integer not null,
  ip text,
  user_agent text
) strict;

create index person_session_by_person on person_session (person_id);
create index person_session_by_end on person_session (expires_at);

-- Short-lived proofs: links of mails, challenges of passkeys, second steps of sign-ins, used codes.
create table person_proof (
  id text primary key,
  -- SHA-256 of what was given out.
  identifier text not null,
  value text not null,
  expires_at integer not null,
  created_at integer not null,
  updated_at integer not null
) strict;

create index person_proof_by_identifier on person_proof (identifier);
create index person_proof_by_end on person_proof (expires_at);

-- Time-based codes. The secret is sealed; recovery codes are hashes.
create table person_second_factor (
  id text primary key,
  person_id text not null unique references person (id),
  secret text not null,
  recovery_codes text not null,
  verified integer not null default 0 check (verified in (0, 1)),
  failures integer not null default 0,
  locked_until integer
) strict;

create table person_passkey (
  id text primary key,
  person_id text not null references person (id),
  name text,
  credential_id text not null unique,
  public_key text not null,
  -- How often the authenticator says that it was used.
  counter integer not null,
  device_type text not null,
  backed_up integer not null check (backed_up in (0, 1)),
  transports text,
  aaguid text,
  created_at integer not null
) strict;

create index person_passkey_by_person on person_passkey (person_id);

-- Browsers that somebody has signed in with: the first time on another one is told by mail.
create table person_device (
  -- SHA-256 of the cookie, in hexadecimal digits.
  token_hash text not null check (length(token_hash) = 64),
  person_id text not null references person (id),
  first_at integer not null,
  last_at integer not null,
  primary key (person_id, token_hash)
) strict;

-- Who belongs to an account.
create table membership (
  account_id integer not null references account (id),
  person_id text not null references person (id),
  role text not null check (role in ('owner', 'member')),
  created_at integer not null,
  primary key (account_id, person_id)
) strict;

create index membership_by_person on membership (person_id);

-- Links that let somebody in, once, within seven days.
create table invitation (
  id text primary key,
  token_hash text not null unique check (length(token_hash) = 64),
  -- Where to: an account as a member, or (null) the installation.
  account_id integer references account (id),
  -- What the person becomes: of an account `owner` or `member`; of the installation a role, or `customer`.
  role text not null check (role in ('owner', 'member', 'operator', 'support', 'auditor', 'customer')),
  -- Whom it was sent to.
  email text not null,
  invited_by text not null references person (id),
  created_at integer not null,
  expires_at integer not null,
  used_at integer,
  used_by text references person (id),
  revoked_at integer,
  check ((account_id is null) = (role in ('operator', 'support', 'auditor', 'customer')))
) strict;

create index invitation_by_account on invitation (account_id, id);

-- How often something was tried in vain, by account and by peer: each failure makes the next try wait longer (F119).
create table attempt_pace (
  -- SHA-256 of what is counted, in hexadecimal digits.
  key text primary key,
  failures integer not null,
  blocked_until integer not null,
  updated_at integer not null
) strict;

create index attempt_pace_by_time on attempt_pace (updated_at);

-- Start credit is given once to a mailbox, however it is spelt, and to few a day from one peer.
create table start_credit (
  -- Keyed digest of the mailbox.
  mailbox text primary key,
  person_id text not null references person (id),
  account_id integer not null references account (id),
  -- In nano-units, as it was when it was given: the transfer repeats it after a crash.
  amount integer not null check (amount > 0),
  -- Keyed digest of the peer.
  peer text not null,
  created_at integer not null
) strict;

create index start_credit_by_person on start_credit (person_id);
create index start_credit_by_peer on start_credit (peer, created_at);
create index start_credit_by_time on start_credit (created_at);

-- Registrations of a peer, for the daily cap; rows of past days are removed.
create table registration (
  id text primary key,
  -- Keyed digest of the peer.
  peer text not null,
  created_at integer not null
) strict;

create index registration_by_peer on registration (peer, created_at);
create index registration_by_time on registration (created_at);

-- Accounts of customers that somebody of the installation has open, read-only, for half an hour.
create table account_view (
  id text primary key,
  person_id text not null references person (id),
  account_id integer not null references account (id),
  reason text not null,
  opened_at integer not null,
  expires_at integer not null,
  closed_at integer
) strict;

create index account_view_by_person on account_view (person_id, expires_at);
