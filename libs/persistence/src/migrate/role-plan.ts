import { type Situation, hasSetOption } from './situation.js';

/** The statements that bring the situation to what the program needs: none when nothing is missing. */
export function planRoles(situation: Situation): string[] {
  const { owner, login, version, roles } = situation;
  const plan: string[] = [];
  const add = (needed: boolean, statement: string): void => {
    if (needed) plan.push(statement);
  };
  for (const { name, exists, settable } of roles) {
    const role = identifier(name);
    add(!exists, `create role ${role} nologin nosuperuser nobypassrls noinherit`);
    add(
      !settable,
      `grant ${role} to ${identifier(login)}${hasSetOption(version) ? ' with set true, inherit false' : ''}`,
    );
  }
  // Without it the login would have the rights of both roles at once, and need no SET ROLE.
  const stopsInheriting = !hasSetOption(version) && situation.loginInherits;
  add(stopsInheriting, `alter role ${identifier(login)} noinherit`);
  // An owner of the database may create only as a member of pg_database_owner: that too ends with the inheritance.
  const mayCreate = situation.ownerMayCreate && !(stopsInheriting && owner === login);
  add(!mayCreate, `grant usage, create on schema public to ${identifier(owner)}`);
  add(situation.everybodyMayCreate, 'revoke create on schema public from public');
  for (const { name, usage } of roles) add(!usage, `grant usage on schema public to ${identifier(name)}`);
  return plan;
}

/** The plan as a script that a superuser of the cluster runs in the database, for instance with psql. */
export function administratorScript(situation: Situation): string {
  return [
    `-- Run as a superuser in the database ${identifier(situation.database)}, then start the program again.`,
    ...planRoles(situation).map((statement) => `${statement};`),
    '',
  ].join('\n');
}

function identifier(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
