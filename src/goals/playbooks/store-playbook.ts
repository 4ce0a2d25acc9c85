import { Injectable } from '@nestjs/common';
import { requirePrincipal } from '#libs/context';
import { COMMON_ERRORS, newId } from '#libs/kernel';
import { BUILTIN_PLAYBOOKS, type Playbook, checkOwnPlaybook, playbookLibrary } from '#libs/models';
import { EventRecorder, TenantTransaction, type Transaction } from '#libs/persistence';
import { currentActor } from '../actors.js';
import { PlaybookChecks, refusePlaybook } from './playbook-checks.js';
import { SHELF, type ShelfRow, withoutPlan } from './playbook-rows.js';
import { PLAYBOOK_ERRORS } from './playbooks.errors.js';

/** Playbooks that a tenant may keep. Each description of a goal is held against the phrases of all of them. */
const MAX_PLAYBOOKS = 200;

// The number of a tenant's playbooks, their versions and what their phrases mean together are decided by one at a time.
const LOCK = `select pg_advisory_xact_lock(hashtextextended('playbooks ' || $1, 0))`;

const NEW_VERSION = `
  insert into playbook_version (tenant_id, name, version, id, title, description, parameters, phrases, plan, source, created_by)
  select $1, $2, coalesce(max(version), 0) + 1, $3, $4, $5, $6, $7, $8, $9, $10
    from playbook_version where tenant_id = $1 and name = $2
  returning version`;

const PUT_UP = `
  insert into playbook (tenant_id, name, version) values ($1, $2, $3)
  on conflict (tenant_id, name) do update set version = excluded.version`;

type PlaybookEvent = 'playbook.created' | 'playbook.updated' | 'playbook.deleted';

/** Stores, changes and deletes the playbooks of the current tenant. */
@Injectable()
export class StorePlaybook {
  private readonly recorder = new EventRecorder();

  constructor(
    private readonly tenants: TenantTransaction,
    private readonly checks: PlaybookChecks,
  ) {}

  /**
   * Stores a playbook under the name in its source, and gives that name. The same `id` again changes nothing: a request
   * that is repeated after a crash ends where the first one did. Throws `invalid_playbook`, `playbook_name_taken`,
   * `playbook_exists` or `playbook_limit`.
   */
  async create(source: string, id: string): Promise<string> {
    const playbook = await this.checks.read(source);
    await this.locked(async (transaction, tenantId) => {
      const made = 'select from playbook_version where tenant_id = $1 and id = $2';
      if ((await transaction.query(made, [tenantId, id])).length > 0) return;
      const shelf = await transaction.query<ShelfRow>(SHELF, [tenantId]);
      if (shelf.some(({ name }) => name === playbook.name)) throw exists(playbook.name);
      checkOwnPlaybook(playbook, playbookLibrary(shelf.map(withoutPlan)));
      if (shelf.length >= MAX_PLAYBOOKS) {
        const detail = `The tenant has ${MAX_PLAYBOOKS} playbooks, and may not have more. Delete one first.`;
        throw PLAYBOOK_ERRORS.make('playbook_limit', detail);
      }
      await this.write(transaction, tenantId, id, playbook, 'playbook.created');
    });
    return playbook.name;
  }

  /**
   * Gives a playbook a new version. The same source again changes nothing. Throws `not_found`, `playbook_built_in` or
   * `invalid_playbook`.
   */
  async replace(name: string, source: string): Promise<void> {
    const playbook = await this.checks.read(source);
    await this.locked(async (transaction, tenantId) => {
      const shelf = await transaction.query<ShelfRow>(SHELF, [tenantId]);
      const current = shelf.find((each) => each.name === name);
      if (!current) throw notOwn(name);
      if (playbook.name !== name) refusePlaybook([otherName(name)]);
      checkOwnPlaybook(playbook, playbookLibrary(shelf.map(withoutPlan)));
      const same = `select from playbook_version where tenant_id = $1 and name = $2 and version = $3 and source = $4`;
      const isSame = (await transaction.query(same, [tenantId, name, current.version, source])).length > 0;
      if (!isSame) await this.write(transaction, tenantId, newId(), playbook, 'playbook.updated');
    });
  }

  /** Takes a playbook away; its versions are kept. Throws `not_found` or `playbook_built_in`. */
  async remove(name: string): Promise<void> {
    await this.locked(async (transaction, tenantId) => {
      const sql = 'delete from playbook where tenant_id = $1 and name = $2 returning version';
      const [gone] = await transaction.query<{ version: number }>(sql, [tenantId, name]);
      if (!gone) throw notOwn(name);
      await this.tell(transaction, tenantId, 'playbook.deleted', name, gone.version);
    });
  }

  private async locked(work: (transaction: Transaction, tenantId: string) => Promise<void>): Promise<void> {
    const { tenantId } = requirePrincipal();
    await this.tenants.run(tenantId, async (transaction) => {
      await transaction.query(LOCK, [tenantId]);
      await work(transaction, tenantId);
    });
  }

  private async write(
    transaction: Transaction,
    tenantId: string,
    id: string,
    playbook: Playbook,
    event: PlaybookEvent,
  ): Promise<void> {
    const { name, title, description, parameters, phrases, plan, source } = playbook;
    const documents = [parameters, phrases, plan].map((each) => JSON.stringify(each));
    const parts = [tenantId, name, id, title, description, ...documents, source, JSON.stringify(currentActor())];
    const [made] = await transaction.query<{ version: number }>(NEW_VERSION, parts);
    await transaction.query(PUT_UP, [tenantId, name, made!.version]);
    await this.tell(transaction, tenantId, event, name, made!.version);
  }

  private async tell(
    transaction: Transaction,
    tenantId: string,
    type: PlaybookEvent,
    name: string,
    version: number,
  ): Promise<void> {
    const event = { type, actor: { ...currentActor() }, resource: null, data: { name, version } };
    await this.recorder.record(transaction, tenantId, [event]);
  }
}

function exists(name: string) {
  return PLAYBOOK_ERRORS.make('playbook_exists', {
    detail: `There is a playbook \`${name}\` already. PUT a new version of it, or choose another \`name\`.`,
    issues: [{ path: 'name', message: 'is the name of another playbook: choose another one.' }],
  });
}

function notOwn(name: string) {
  if (!BUILTIN_PLAYBOOKS.some((each) => each.name === name)) {
    return COMMON_ERRORS.make('not_found', 'There is no such playbook.');
  }
  const detail = `\`${name}\` is a built-in playbook. Store a copy under another \`name\`.`;
  return PLAYBOOK_ERRORS.make('playbook_built_in', detail);
}

function otherName(name: string) {
  const message = `must be \`${name}\`, as in the path. To give it another name, store it as a new playbook.`;
  return { path: 'name', message };
}
