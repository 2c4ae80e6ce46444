-- I-36: past its allowance of absorbed cost an account pays for replies that fail after output. They have an outcome of their own, which
-- may be charged (docs/decisions/0040).
do $$
declare
  old text;
begin
  select conname into strict old from pg_constraint
  where conrelid = 'request'::regclass and contype = 'c' and pg_get_constraintdef(oid) like '%cut_by_hold%';
  execute format('alter table request drop constraint %I', old);
end $$;

alter table request add constraint request_posts_if_charged check (posted = 0 or outcome in (
  'completed', 'completed_no_usage', 'client_cancelled', 'content_filtered', 'revoked_midstream', 'cut_by_hold', 'upstream_failed_charged'
));

-- It is a failure all the same.
do $$
declare
  old text := pg_get_functiondef('request_roll_up'::regproc);
  new text := replace(old, '''upstream_failed_after_output'',', '''upstream_failed_after_output'', ''upstream_failed_charged'',');
begin
  if new = old then
    raise exception 'request_roll_up is not what it was';
  end if;
  execute new;
end $$;

-- A request that was refused before its hold, of a commit of which nobody knows whether it happened, comes again without being looked for:
-- if it is stored already it is left out, so that nobody else's settlement is blamed for it.
do $$
declare
  old text := pg_get_functiondef('ledger_commit'::regproc);
  new text := replace(old,
    'where r.lease > 0 or exists (select 1 from api_key k where k.id = r.key_id and k.account_id = r.account_id);',
    'where r.lease > 0 or (
    exists (select 1 from api_key k where k.id = r.key_id and k.account_id = r.account_id)
    and not exists (select 1 from request q where q.period = r.period and q.id = r.id)
  );');
begin
  if new = old then
    raise exception 'ledger_commit is not what it was';
  end if;
  execute new;
end $$;

-- Who opens a lease keeps his owner from being taken for dead until he has: a look alone may be over by then, and nobody would ever return
-- what he borrows (I-29). Before any lease is locked, as whoever takes an owner for dead does it.
do $$
declare
  old text := pg_get_functiondef('ledger_commit'::regproc);
  new text := replace(old,
    '  if cardinality(f_account) > 0 then',
    '  if 0 = any (l_id) then
    perform 1 from lease_owner o where o.id = o_id and o.epoch = o_epoch for share;
  end if;
  if cardinality(f_account) > 0 then');
begin
  if new = old then
    raise exception 'ledger_commit is not what it was';
  end if;
  execute new;
end $$;
