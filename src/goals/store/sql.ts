import { EVENT_CHANNEL, JOURNAL_CHANNEL, type PreparedSql, insertEvents } from '#libs/persistence';

/** Told when goals may be due; no payload. */
export const WORK_CHANNEL = 'av_work';
/** Told when commands are waiting; the payload is the goal's id. */
export const COMMAND_CHANNEL = 'av_command';

const time = (column: string): string => `to_timestamp(${column} / 1000.0)`;

/*
 * Both statements take JSON arrays and join every row to the goals that they have really written, so that rows of a
 * goal whose lease is gone are not written either. One statement, so one flight to the database for a whole group.
 * $2 tasks, $3 journal, $4 events, $5 plans, $6 artifacts are the same in both. A row names its goal by the goal's
 * number in the group (`n`), and what is null is left out: half the text to write, send and parse.
 * `placed` are the goals that were written: n, tenant_id, id, actor.
 */
const PARTS = `
  new_plan as (
    insert into goal_plan (tenant_id, goal_id, version, plan)
    select w.tenant_id, w.id, p.version, p.plan
      from json_to_recordset($5::json) as p(n int, version int, plan json)
      join placed w using (n)
    on conflict (tenant_id, goal_id, version) do update set plan = excluded.plan
  ),
  new_task as (
    insert into task as k (tenant_id, goal_id, id, key, position, plan_version, state, attempts, depends_on, tool,
                           output, output_bytes, error, worker_id, started_at, finished_at, retry_at, approval)
    select w.tenant_id, w.id, t.id, t.key, t.position, t.plan_version, t.state, t.attempts, t.depends_on, t.tool,
           t.output, t.output_bytes, t.error, t.worker_id, ${time('t.started_at')}, ${time('t.finished_at')},
           ${time('t.retry_at')}, t.approval
      from json_to_recordset($2::json) as t(n int, id uuid, key text, position int,
           plan_version int, state text, attempts int, depends_on json, tool text, output json, output_bytes int,
           error json, worker_id uuid, started_at float8, finished_at float8, retry_at float8, approval json)
      join placed w using (n)
    on conflict (tenant_id, goal_id, id) do update
       set position = excluded.position, plan_version = excluded.plan_version, state = excluded.state,
           attempts = excluded.attempts, depends_on = excluded.depends_on, tool = excluded.tool,
           output = excluded.output, output_bytes = excluded.output_bytes, error = excluded.error,
           worker_id = excluded.worker_id, started_at = excluded.started_at, finished_at = excluded.finished_at,
           retry_at = excluded.retry_at, approval = excluded.approval
  ),
  new_journal as (
    insert into goal_journal (tenant_id, goal_id, seq, at, type, from_state, to_state, actor, reason, data)
    select w.tenant_id, w.id, j.seq, coalesce(${time('j.at')}, clock_timestamp()), j.type, j.from_state, j.to_state,
           coalesce(j.actor, w.actor), j.reason, j.data
      from json_to_recordset($3::json) as j(n int, seq int, at float8, type text,
           from_state text, to_state text, actor json, reason text, data json)
      join placed w using (n)
  ),
  new_event as (${insertEvents('$4', 'join placed w on w.tenant_id = e.tenant_id and w.id = e.resource_id')}),
  gone_artifact as (
    delete from artifact a
     using json_to_recordset($6::json) as f(n int, path text, removed boolean), placed w
     where f.removed and w.n = f.n
       and a.tenant_id = w.tenant_id and a.goal_id = w.id and a.path = f.path
  ),
  new_artifact as (
    insert into artifact (tenant_id, goal_id, id, task_id, path, size, sha256, media_type)
    select w.tenant_id, w.id, f.id, f.task_id, f.path, f.size, f.sha256, f.media_type
      from json_to_recordset($6::json) as f(n int, id uuid, task_id uuid, path text,
           removed boolean, size bigint, sha256 text, media_type text)
      join placed w using (n)
     where f.removed is not true
    on conflict (tenant_id, goal_id, path) do update
       set task_id = excluded.task_id, size = excluded.size, sha256 = excluded.sha256, media_type = excluded.media_type,
           created_at = excluded.created_at
  )`;

const TELL = `pg_notify('${JOURNAL_CHANNEL}', $7), case when $8 <> '' then pg_notify('${EVENT_CHANNEL}', $8) end`;

export const SUBMIT: PreparedSql = {
  name: 'goal_submit',
  text: `
  with input as (
    select * from json_to_recordset($1::json) as g(n int, tenant_id uuid, id uuid, description text, priority smallint,
           context json, deadline float8, pattern text, budget json, on_failure text, submitter json, retry_of uuid,
           files json, planned_by json, held boolean, state text, plan_version int, progress json, last_seq int)
  ),
  written as (
    insert into goal (tenant_id, id, description, priority, context, deadline, pattern, budget, on_failure, submitter,
                      retry_of, files, planned_by, held, state, plan_version, progress, last_seq, sleeping, wake_at)
    select tenant_id, id, description, priority, context, ${time('deadline')}, pattern, budget, on_failure, submitter,
           retry_of, files, planned_by, held, state, plan_version, progress, last_seq, held and deadline is not null,
           case when held then ${time('deadline')} else now() end
      from input
    on conflict (tenant_id, id) do nothing
    returning tenant_id, id, submitter
  ),
  placed as (select i.n, w.tenant_id, w.id, w.submitter as actor from written w join input i using (tenant_id, id)),
  ${PARTS},
  told as (select ${TELL}, pg_notify('${WORK_CHANNEL}', ''))
  select w.id from written w cross join told`,
};

export const COMMIT: PreparedSql = {
  name: 'goal_commit',
  text: `
  with input as (
    select * from json_to_recordset($1::json) as g(n int, tenant_id uuid, id uuid, token bigint, expected_seq int, last_seq int,
           state text, held boolean, paused json, plan_version int, replans int, progress json, result json, error json,
           active_ms bigint, started_at float8, finished_at float8, released boolean, wake_at float8, actor json)
  ),
  placed as (
    update goal g
       set last_seq = i.last_seq, state = i.state, held = i.held, paused = i.paused, plan_version = i.plan_version,
           replans = i.replans, progress = i.progress, result = i.result, error = i.error, active_ms = i.active_ms,
           claims = 0, started_at = ${time('i.started_at')}, finished_at = ${time('i.finished_at')},
           lease_owner = case when i.released then null else g.lease_owner end,
           wake_at = case when i.released then ${time('i.wake_at')} else g.wake_at end,
           sleeping = case when i.released then coalesce(${time('i.wake_at')} > now(), false) else g.sleeping end
      from input i
     where g.tenant_id = i.tenant_id and g.id = i.id and g.lease_token = i.token and g.lease_owner is not null
       and g.last_seq = i.expected_seq
    returning i.n, g.tenant_id, g.id, i.actor
  ),
  ${PARTS},
  new_approval as (
    insert into approval (tenant_id, id, goal_id, task_id, tool, action, risk, arguments, check_command, arguments_hash,
                          reason, requested_by, expires_at, state, decision_reason, decided_at)
    select w.tenant_id, p.id, w.id, p.task_id, p.tool, p.action, p.risk, p.arguments, p.check_command, p.arguments_hash,
           p.reason, p.requested_by, ${time('p.expires_at')}, p.state, p.decision_reason,
           case when p.state <> 'pending' then clock_timestamp() end
      from json_to_recordset($10::json) as p(n int, id uuid, task_id uuid, tool text, action text, risk text,
           arguments json, check_command json, arguments_hash text, state text, reason text, requested_by json,
           expires_at float8, decision_reason text)
      join placed w using (n)
     where p.tool is not null
  ),
  closed_approval as (
    update approval a
       set state = p.state, decided_at = coalesce(a.decided_at, clock_timestamp()),
           decision_reason = concat_ws(' ', a.decision_reason, p.decision_reason)
      from json_to_recordset($10::json) as p(n int, id uuid, tool text, state text, decision_reason text), placed w
     where p.tool is null and w.n = p.n and a.tenant_id = w.tenant_id and a.id = p.id and a.goal_id = w.id
       -- What was approved and is not going to run is worth nothing, either; what was refused stays so.
       and (a.state = 'pending' or (a.state = 'approved' and p.state = 'void'))
  ),
  done_command as (
    delete from goal_command c
     using unnest($9::uuid[]) as handled(id), placed w
     where c.id = handled.id and c.tenant_id = w.tenant_id and c.goal_id = w.id
  ),
  told as (select ${TELL})
  select w.id from placed w cross join told`,
};

/** What is stored of goals whose change was not written: to tell a lost lease from a commit that had arrived already. */
export const STORED = `
  select id, lease_token::float8 as token, last_seq from goal
   where (tenant_id, id) in (select * from unnest($1::uuid[], $2::uuid[]))`;

export const INSERT_COMMAND = `
  with asked as (
    insert into goal_command (tenant_id, goal_id, id, kind, actor, reason, decision)
    values ($1, $2, $3, $4, $5, $6, $7) returning goal_id
  )
  select pg_notify('${COMMAND_CHANNEL}', goal_id::text) from asked`;
