import { EVENT_CHANNEL, JOURNAL_CHANNEL, type PreparedSql, WITHDRAWN_CHANNEL } from '#libs/persistence';
import { type Part, partsFrom, time } from './parts.js';

/** Told when goals may be due; the payload is the UUID of the worker that is to look for them, '' where any may. */
export const WORK_CHANNEL = 'av_work';
/** Told when commands are waiting; the payload is the goal's id. */
export const COMMAND_CHANNEL = 'av_command';

/**
 * A statement that writes a group of goals with everything that belongs to them: one flight to the database. Its
 * parameters: the goals, whose journals have grown (ids), whose events (tenants), then the rows of each part.
 */
export interface GroupSql extends PreparedSql {
  readonly parts: readonly Part[];
}

/** What most groups need, and all that any may need: the parts that are empty for most cost a tenth of the statement. */
export interface GroupSqls {
  readonly usual: GroupSql;
  readonly whole: GroupSql;
}

const TELL = `pg_notify('${JOURNAL_CHANNEL}', $2), case when $3 <> '' then pg_notify('${EVENT_CHANNEL}', $3) end`;

/** `columns` are what is given of the goals that were written, whose rows are `w`. */
function groupSql(name: string, head: string, tell: string, columns: string, parts: readonly Part[]): GroupSql {
  const text = `${head}
  ${partsFrom(4, parts)},
  told as (select ${tell})
  select ${columns} from placed w cross join told`;
  return { name, text, parts };
}

const SUBMITTED = `
  with input as (
    select * from json_to_recordset($1::json) as g(n int, tenant_id uuid, id uuid, description text, priority smallint,
           context json, deadline float8, pattern text, budget json, on_failure text, submitter json, retry_of uuid, forked_from json,
           files json, planned_by json, held boolean, state text, plan_version int, progress json, last_seq int,
           machine smallint, hint text, lease_owner uuid, lease_ms int)
  ),
  -- Under a kill switch nothing is taken up.
  leased as (
    select i.tenant_id, i.id from input i
     where i.lease_owner is not null and not exists (select from installation_switch)
       and not exists (
         select from kill_switch k where k.tenant_id = i.tenant_id and (k.goal_id is null or k.goal_id = i.id))
  ),
  written as (
    insert into goal (tenant_id, id, description, priority, context, deadline, pattern, budget, on_failure, submitter,
                      retry_of, forked_from, files, planned_by, held, state, plan_version, progress, last_seq, machine, sleeping,
                      wake_at, lease_owner, lease_token, claims)
    select i.tenant_id, i.id, description, priority, context, ${time('deadline')}, pattern, budget, on_failure, submitter,
           retry_of, forked_from, files, planned_by, held, state, plan_version, progress, last_seq, machine,
           held and deadline is not null,
           case when l.id is not null then clock_timestamp() + i.lease_ms * interval '1 millisecond'
                when held then ${time('deadline')} else now() end,
           case when l.id is not null then i.lease_owner end, (l.id is not null)::int, (l.id is not null)::int
      from input i left join leased l on l.tenant_id = i.tenant_id and l.id = i.id
    on conflict (tenant_id, id) do nothing
    returning tenant_id, id, submitter, lease_owner is not null as leased
  ),
  placed as (select i.n, w.tenant_id, w.id, w.submitter as actor, w.leased from written w join input i using (tenant_id, id)),`;

const TELL_OF_NEW = `${TELL}, (
    select count(pg_notify('${WORK_CHANNEL}', hint)) from (select distinct hint from input where hint is not null) hints)`;

const WHO_GOT_IT = `w.id, w.leased, (extract(epoch from clock_timestamp()) * 1000)::float8 as now`;

export const SUBMIT: GroupSqls = {
  usual: groupSql('goal_submit', SUBMITTED, TELL_OF_NEW, WHO_GOT_IT, ['plans', 'journal', 'events']),
  whole: groupSql('goal_submit_whole', SUBMITTED, TELL_OF_NEW, WHO_GOT_IT, [
    'plans',
    'journal',
    'events',
    'tasks',
    'artifacts',
  ]),
};

// A change without journal rows does not move the fence, so that a late repetition passes it: all that it could harm is
// the time worked, which therefore never runs back.
const CHANGED = `
  with input as (
    select * from json_to_recordset($1::json) as g(n int, tenant_id uuid, id uuid, token bigint, expected_seq int, last_seq int,
           machine smallint, state text, held boolean, paused json, plan_version int, replans int, progress json, result json, error json,
           active_ms bigint, started_at float8, finished_at float8, released boolean, wake_at float8, actor json)
  ),
  placed as (
    update goal g
       set last_seq = i.last_seq, machine = i.machine, state = i.state, held = i.held, paused = i.paused, plan_version = i.plan_version,
           replans = i.replans, progress = i.progress, result = i.result, error = i.error,
           active_ms = greatest(g.active_ms, i.active_ms),
           claims = 0, started_at = ${time('i.started_at')}, finished_at = ${time('i.finished_at')},
           lease_owner = case when i.released then null else g.lease_owner end,
           wake_at = case when i.released then ${time('i.wake_at')} else g.wake_at end,
           sleeping = case when i.released then coalesce(${time('i.wake_at')} > now(), false) else g.sleeping end
      from input i
     where g.tenant_id = i.tenant_id and g.id = i.id and g.lease_token = i.token and g.lease_owner is not null
       and g.last_seq = i.expected_seq
    returning i.n, g.tenant_id, g.id, i.actor
  ),`;

export const COMMIT: GroupSqls = {
  usual: groupSql('goal_commit', CHANGED, TELL, 'w.id', ['tasks', 'journal', 'events']),
  whole: groupSql('goal_commit_whole', CHANGED, TELL, 'w.id', [
    'tasks',
    'journal',
    'events',
    'plans',
    'artifacts',
    'approvals',
    'handled',
    'dispatches',
    'endedDispatches',
  ]),
};

/** What is stored of goals whose change was not written: to tell a lost lease from a commit that had arrived already. */
export const STORED = `
  select id, lease_token::float8 as token, last_seq from goal
   where (tenant_id, id) in (select * from unnest($1::uuid[], $2::uuid[]))`;

const ms = (column: string): string => `(extract(epoch from ${column}) * 1000)::float8`;

/** What has become of calls that other workers were given. */
export const DISPATCH_NEWS: PreparedSql = {
  name: 'dispatch_news',
  text: `
  select d.id, d.goal_id, d.task_id, d.attempt, d.purpose, d.worker_id, ${ms('d.started_at')} as started_at, d.ending
    from task_dispatch d
   where (d.tenant_id, d.goal_id) in (select * from unnest($1::uuid[], $2::uuid[]))`,
};

/** Takes a call back, one that has begun only where $4 says so; gives who has begun it. One that nobody has ends with that. */
export const WITHDRAW = `
  update task_dispatch d
     set withdrawn = d.worker_id is null or $4,
         ending = case when d.worker_id is null then '{"kind":"unasked"}' else d.ending end
    from goal g
   where d.tenant_id = $1 and d.goal_id = $2 and d.id = $3 and d.ending is null
     and g.tenant_id = d.tenant_id and g.id = d.goal_id and g.lease_token = $5 and g.lease_owner is not null
  returning d.worker_id, case when d.withdrawn then pg_notify('${WITHDRAWN_CHANNEL}', d.id::text) end`;

export const INSERT_COMMAND = `
  with asked as (
    insert into goal_command (tenant_id, goal_id, id, kind, actor, reason, decision)
    values ($1, $2, $3, $4, $5, $6, $7) returning goal_id
  )
  select pg_notify('${COMMAND_CHANNEL}', goal_id::text) from asked`;
