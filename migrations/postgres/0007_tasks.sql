-- Tasks that a provider works on for minutes, such as videos (docs/decisions/0037). A task's money is a lease of its own, owner
-- 'task:req_…', which no process owns; its charge is the row of the request that began it, written when the task ends.

create table task (
  -- The request that began it: the task's public id is this id with another prefix, and its charge has this id.
  id bytea primary key check (length(id) = 16),
  account_id integer not null references account (id),
  key_id integer not null references api_key (id),
  -- 'submitting' until the provider's id of the job is known (I-54); the states after 'running' are final (I-50).
  state text not null check (state in ('submitting', 'queued', 'running', 'succeeded', 'failed', 'cancelled', 'expired', 'lost')),
  -- Where it is done: the upstream's id, the provider's API, name of the model and id of the job.
  upstream text not null,
  api text not null,
  upstream_model text not null,
  job text,
  -- As replies show it, and the format in which it was asked for.
  model text not null,
  format text not null,
  -- The number by which a job is found again whose answer was lost.
  reference integer not null,
  -- JSON: what was asked for, as far as replies and the provider's verdict need it. Never the prompt.
  asked text not null check (asked::json is not null),
  -- The snapshot under which it is held and charged (I-40).
  price_id integer not null references price (id),
  plan_id text,
  multiplier_num bigint not null,
  multiplier_den bigint not null check (multiplier_den > 0),
  has_budget smallint not null check (has_budget in (0, 1)),
  hold bigint not null check (hold >= 0),
  -- What became of it: null until it is final, then JSON of the result, a code of errors.ts, and what was charged.
  result text check (result is null or result::json is not null),
  error text,
  charge bigint,
  created_at bigint not null,
  started_at bigint,
  finished_at bigint,
  -- Whatever has not ended by then is lost (I-52).
  deadline_at bigint not null,
  -- When somebody should look next. Who looks moves it on first, so that nobody else does.
  due_at bigint not null,
  -- Looks that brought no verdict, since the last that did.
  misses integer not null default 0,
  hidden smallint not null default 0 check (hidden in (0, 1)),
  -- Where the customer wants to be told of the end, when next, and how often it was tried.
  webhook text,
  webhook_due bigint,
  webhook_tries integer not null default 0,
  check ((finished_at is null) = (state in ('submitting', 'queued', 'running'))),
  check (job is not null or state not in ('queued', 'running', 'succeeded'))
) with (fillfactor = 70);

create index task_due on task (due_at) where finished_at is null;
create index task_by_account on task (account_id, id);
create index task_finished on task (finished_at) where finished_at is not null;
create index task_webhook_due on task (webhook_due) where webhook_due is not null;
-- One job is one task (E113).
create unique index task_by_job on task (upstream, job) where job is not null;

create trigger task_ends_once before update of state, charge, result on task
for each row when (old.finished_at is not null
  and (new.state <> old.state or (old.charge is not null and new.charge is distinct from old.charge)
    or new.result is distinct from old.result))
execute function raise_refusal('a task ends once');

-- As in 0005, but tasks are not asked: nobody would answer for them.
create or replace function lease_recall(o_id text, o_account integer) returns integer language plpgsql as $$
declare
  asked integer;
begin
  update lease set recall = 1 where id in (
    select id from lease where account_id = o_account and state = 'open' and owner <> o_id and owner not like 'task:%' and amount > 0
    order by id for update
  );
  get diagnostics asked = row_count;
  if asked > 0 then
    perform pg_notify('farthing_lease', 'recall ' || o_account || ' ' || o_id);
  end if;
  return asked;
end $$;
