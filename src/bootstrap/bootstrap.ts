import type { Settings } from '#libs/config';
import { parsePublicId, publicId } from '#libs/kernel';
import { type Database, FirstRun } from '#libs/persistence';
import type { Logger } from 'pino';
import { type Credentials, CredentialsFile } from './credentials-file.js';
import { type Cast, type FirstKeys, issueFirstKeys, makeCast, rowsOf } from './first-rows.js';
import { printout } from './printout.js';

export interface BootstrapOptions {
  readonly database: Pick<Database, 'system' | 'roles' | 'isEmbedded'>;
  readonly settings: Pick<Settings, 'bootstrap' | 'dataDir'>;
  /** Where this installation is reached. */
  readonly url: string;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  /** Shows a text to whoever started the program. Default: standard output. */
  readonly print?: (text: string) => unknown;
}

/**
 * The first start: on a database without any tenant it makes the tenant `acme`, two people and an API key, writes
 * `first-run.json` and prints it once. Later starts, and all but one of several at the same time, change nothing.
 * By default only the embedded database is filled; the setting `bootstrap` decides otherwise.
 */
export async function bootstrap(options: BootstrapOptions): Promise<void> {
  const { settings, database, url } = options;
  if (!(settings.bootstrap ?? database.isEmbedded)) return;
  const firstRun = new FirstRun(database.system, database.roles.app);
  const file = new CredentialsFile(settings.dataDir);
  // Another process may share the folder, and must not find the file halfway.
  await firstRun.alone(async () => {
    const credentials = (await start(firstRun, file, url)) ?? (await findInterrupted(firstRun, file));
    if (credentials) await announce(options, file, credentials);
  });
}

/** Makes the rows, and stages the file before they are committed. Undefined when there is a tenant already. */
async function start(firstRun: FirstRun, file: CredentialsFile, url: string): Promise<Credentials | undefined> {
  const cast = makeCast();
  return firstRun.create(
    () => rowsOf(cast),
    async (transaction) => {
      const credentials = credentialsOf(cast, await issueFirstKeys(transaction, cast), url);
      await file.stage(credentials);
      return credentials;
    },
  );
}

/** What a start left that was cut off between its commit and the naming of the file. */
async function findInterrupted(firstRun: FirstRun, file: CredentialsFile): Promise<Credentials | undefined> {
  const staged = await file.findStaged();
  const tenantId = staged && parsePublicId('ten', staged.tenant_id);
  if (tenantId && (await firstRun.tenantExists(tenantId))) return staged;
  // The transaction behind it was never committed, so what it holds opens nothing.
  await file.discardStaged();
  return undefined;
}

async function announce(options: BootstrapOptions, file: CredentialsFile, credentials: Credentials): Promise<void> {
  await file.publish();
  options.logger.info({ file: file.path, tenant_id: credentials.tenant_id }, 'first start: credentials written');
  const print = options.print ?? ((text: string) => process.stdout.write(text));
  print(printout(credentials, file.path));
}

function credentialsOf(cast: Cast, keys: FirstKeys, url: string): Credentials {
  return {
    url,
    tenant_id: publicId('ten', cast.tenantId),
    tenant_slug: cast.tenantSlug,
    admin_email: cast.admin.email,
    admin_password: cast.admin.password,
    system_admin_email: cast.systemAdmin.email,
    system_admin_password: cast.systemAdmin.password,
    api_key: keys.tenant,
    system_api_key: keys.system,
  };
}
