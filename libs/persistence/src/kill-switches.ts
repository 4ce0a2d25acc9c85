/** The switch for everything has no row in a tenant, and so no id of its own. */
const NO_ID = '00000000-0000-0000-0000-000000000000';

/** Who stopped the installation, and why, is not the business of its tenants. */
const OPERATOR = `json_build_object('kind', 'system', 'id', 'operator', 'name', 'the operator of the installation')`;

/** Without the user behind a key, which is kept to tell whether two keys are the same person. */
const ENGAGED_BY = `json_build_object(
           'kind', k.engaged_by->>'kind', 'id', k.engaged_by->>'id', 'name', k.engaged_by->>'name')`;

/**
 * SQL of the kill switches over a tenant, as its people may see them: scope, rank (0 for the widest), id, goal_id,
 * engaged_by, reason, engaged_at. `tenant` is SQL for its id. The switch of a goal that has ended stops nothing.
 */
export function switchesOf(tenant: string): string {
  return `
  select 0 as rank, 'installation' as scope, '${NO_ID}'::uuid as id, null::uuid as goal_id, ${OPERATOR} as engaged_by,
         null::text as reason, engaged_at
    from installation_switch
  union all
  select case when k.goal_id is null then 1 else 2 end, case when k.goal_id is null then 'tenant' else 'goal' end, k.id,
         k.goal_id, ${ENGAGED_BY}, k.reason, k.engaged_at
    from kill_switch k left join goal its on its.tenant_id = k.tenant_id and its.id = k.goal_id
   where k.tenant_id = ${tenant}
     and (k.goal_id is null or its.state not in ('COMPLETED', 'FAILED', 'CANCELLED'))`;
}

/** SQL of the widest kill switch over a goal: JSON of scope, by and reason, or null. `goal` is the name of its row. */
export function haltOf(goal: string): string {
  return `(
  select json_build_object('scope', scope, 'by', engaged_by, 'reason', reason)
    from (${switchesOf(`${goal}.tenant_id`)}) switches
   where goal_id is null or goal_id = ${goal}.id order by rank limit 1)`;
}
