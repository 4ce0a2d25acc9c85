import { DISPATCH_CHANNEL, insertEvents } from '#libs/persistence';

/** A column of milliseconds as a time. */
export const time = (column: string): string => `to_timestamp(${column} / 1000.0)`;

/*
 * What is written beside the goals themselves. Each part takes the name of a parameter that holds a JSON array, and
 * joins its rows to `placed`, the goals that were really written (n, tenant_id, id, actor), so that rows of a goal
 * whose lease is gone are not written either. A row names its goal by the goal's number in the group (`n`), and what is
 * null is left out: half the text to write, send and parse.
 */
const PARTS = {
  plans: (rows: string) => `
  new_plan as (
    insert into goal_plan (tenant_id, goal_id, version, plan)
    select w.tenant_id, w.id, p.version, p.plan
      from json_to_recordset(${rows}::json) as p(n int, version int, plan json)
      join placed w using (n)
    on conflict (tenant_id, goal_id, version) do update set plan = excluded.plan
  )`,
  tasks: (rows: string) => `
  new_task as (
    insert into task as k (tenant_id, goal_id, id, key, position, plan_version, state, attempts, depends_on, tool,
                           output, output_bytes, error, worker_id, started_at, finished_at, retry_at, approval)
    select w.tenant_id, w.id, t.id, t.key, t.position, t.plan_version, t.state, t.attempts, t.depends_on, t.tool,
           t.output, t.output_bytes, t.error, t.worker_id, ${time('t.started_at')}, ${time('t.finished_at')},
           ${time('t.retry_at')}, t.approval
      from json_to_recordset(${rows}::json) as t(n int, id uuid, key text, position int,
           plan_version int, state text, attempts int, depends_on json, tool text, output json, output_bytes int,
           error json, worker_id uuid, started_at float8, finished_at float8, retry_at float8, approval json)
      join placed w using (n)
    on conflict (tenant_id, goal_id, id) do update
       set position = excluded.position, plan_version = excluded.plan_version, state = excluded.state,
           attempts = excluded.attempts, depends_on = excluded.depends_on, tool = excluded.tool,
           output = excluded.output, output_bytes = excluded.output_bytes, error = excluded.error,
           worker_id = excluded.worker_id, started_at = excluded.started_at, finished_at = excluded.finished_at,
           retry_at = excluded.retry_at, approval = excluded.approval
  )`,
  journal: (rows: string) => `
  new_journal as (
    insert into goal_journal (tenant_id, goal_id, seq, at, type, from_state, to_state, actor, reason, data)
    select w.tenant_id, w.id, j.seq, coalesce(${time('j.at')}, clock_timestamp()), j.type, j.from_state, j.to_state,
           coalesce(j.actor, w.actor), j.reason, j.data
      from json_to_recordset(${rows}::json) as j(n int, seq int, at float8, type text,
           from_state text, to_state text, actor json, reason text, data json)
      join placed w using (n)
  )`,
  events: (rows: string) => `
  new_event as (${insertEvents(rows, 'join placed w on w.tenant_id = e.tenant_id and w.id = e.resource_id')})`,
  artifacts: (rows: string) => `
  file_change as (
    select w.tenant_id, w.id as goal_id, f.*
      from json_to_recordset(${rows}::json) as f(n int, id uuid, task_id uuid, path text, seq int, until int,
           first boolean, removed boolean, size bigint, sha256 text, media_type text)
      join placed w using (n)
  ),
  past_artifact as (
    insert into artifact_past (tenant_id, goal_id, path, from_seq, until_seq, task_id, size, sha256, media_type)
    -- What was current until now; and that an input file is gone, which was none.
    select f.tenant_id, f.goal_id, f.path, coalesce(a.from_seq, f.seq), f.seq, coalesce(a.task_id, f.task_id), a.size,
           a.sha256, a.media_type
      from file_change f left join artifact a using (tenant_id, goal_id, path)
     where f.first and (f.removed or a.id is not null)
    union all
    -- What came and went within this change.
    select tenant_id, goal_id, path, seq, until, task_id, size, sha256, media_type
      from file_change where until is not null and removed is not true
  ),
  gone_artifact as (
    delete from artifact a using file_change f
     where f.removed and f.until is null
       and a.tenant_id = f.tenant_id and a.goal_id = f.goal_id and a.path = f.path
  ),
  new_artifact as (
    insert into artifact (tenant_id, goal_id, id, task_id, path, size, sha256, media_type, from_seq)
    select tenant_id, goal_id, id, task_id, path, size, sha256, media_type, seq
      from file_change where until is null and removed is not true
    on conflict (tenant_id, goal_id, path) do update
       set task_id = excluded.task_id, size = excluded.size, sha256 = excluded.sha256, media_type = excluded.media_type,
           created_at = excluded.created_at, from_seq = excluded.from_seq
  )`,
  approvals: (rows: string) => `
  new_approval as (
    insert into approval (tenant_id, id, goal_id, task_id, tool, action, risk, arguments, check_command, arguments_hash,
                          reason, requested_by, expires_at, state, decision_reason, decided_at, kind, attempt,
                          called_at, idempotency_key, output)
    select w.tenant_id, p.id, w.id, p.task_id, p.tool, p.action, p.risk, p.arguments, p.check_command, p.arguments_hash,
           p.reason, p.requested_by, ${time('p.expires_at')}, p.state, p.decision_reason,
           case when p.state <> 'pending' then clock_timestamp() end, p.kind, p.attempt, ${time('p.called_at')},
           p.idempotency_key, p.output
      from json_to_recordset(${rows}::json) as p(n int, id uuid, task_id uuid, tool text, action text, risk text,
           arguments json, check_command json, arguments_hash text, state text, reason text, requested_by json,
           expires_at float8, decision_reason text, kind text, attempt int, called_at float8, idempotency_key text,
           output json)
      join placed w using (n)
     where p.tool is not null
  ),
  closed_approval as (
    update approval a
       set state = p.state, decided_at = coalesce(a.decided_at, clock_timestamp()),
           decision_reason = concat_ws(' ', a.decision_reason, p.decision_reason)
      from json_to_recordset(${rows}::json) as p(n int, id uuid, tool text, state text, decision_reason text), placed w
     where p.tool is null and w.n = p.n and a.tenant_id = w.tenant_id and a.id = p.id and a.goal_id = w.id
       -- What was approved and is not going to run is worth nothing, either; what was refused stays so.
       and (a.state = 'pending' or (a.state = 'approved' and p.state = 'void'))
  )`,
  handled: (rows: string) => `
  done_command as (
    delete from goal_command c
     using json_to_recordset(${rows}::json) as handled(n int, id uuid), placed w
     where w.n = handled.n and c.id = handled.id and c.tenant_id = w.tenant_id and c.goal_id = w.id
  )`,
  dispatches: (rows: string) => `
  new_dispatch as (
    insert into task_dispatch (tenant_id, goal_id, id, task_id, attempt, purpose, needs, repeatable, priority, work, hint)
    select w.tenant_id, w.id, d.id, d.task_id, d.attempt, d.purpose, d.needs, d.repeatable, d.priority, d.work, d.hint
      from json_to_recordset(${rows}::json) as d(n int, id uuid, task_id uuid, attempt int, purpose text, needs text,
           repeatable boolean, priority smallint, work json, hint uuid)
      join placed w using (n)
    returning pg_notify('${DISPATCH_CHANNEL}', coalesce(hint::text, ''))
  )`,
  endedDispatches: (rows: string) => `
  done_dispatch as (
    delete from task_dispatch d
     using json_to_recordset(${rows}::json) as ended(n int, id uuid), placed w
     where w.n = ended.n and d.id = ended.id and d.tenant_id = w.tenant_id and d.goal_id = w.id
  )`,
} as const satisfies Record<string, (rows: string) => string>;

export type Part = keyof typeof PARTS;

/** The parts, each reading its rows from a parameter of its own: the first from `$<first>`. */
export function partsFrom(first: number, parts: readonly Part[]): string {
  return parts.map((part, n) => PARTS[part](`$${first + n}`)).join(',');
}
