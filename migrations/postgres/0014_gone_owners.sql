-- A commit that was on its way while its owner was taken for dead must not open a lease: nobody would ever return it (I-29). What it
-- asks for under a lease that is not there yet is lost with the owner, and whoever waits for it is refused (docs/decisions/0032).
do $$
declare
  old text := pg_get_functiondef('ledger_commit'::regproc);
  new text := replace(old,
    '  perform 1 from account where id = any (l_account) order by id for no key update;',
    '  if 0 = any (l_id)
    and not exists (select 1 from lease_owner o where o.id = o_id and o.epoch = o_epoch and o.state = ''open'') then
    lost := coalesce(lost, ''{}'') || array(
      select c.place::integer from unnest(l_id) with ordinality c (id, place) where c.id = 0
    );
  end if;
  perform 1 from account where id = any (l_account) order by id for no key update;');
begin
  if new = old then
    raise exception 'ledger_commit is not what it was';
  end if;
  execute new;
end $$;
