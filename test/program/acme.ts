import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestClient, type TestProgram, createApiKey, createTenant, startTestProgram } from '#libs/testing';

/** A running program with a tenant that a first start would have made. */
export interface Acme {
  readonly program: TestProgram;
  /** Signed in with the key that stands in `first-run.json`. */
  readonly client: TestClient;
}

/**
 * Starts the program with a tenant that has the settings of the first one, whose key and address the command line finds
 * in the data folder. A first start would do the same, and print its credentials into the output of the tests.
 */
export async function startAcme(environment: Readonly<Record<string, string>> = {}): Promise<Acme> {
  const program = await startTestProgram({ ROLE: 'all', ...environment });
  const settings = { approvals: { requester_may_approve: true, submitted_wasm_code_needs_approval: false } };
  const tenant = await createTenant(program.database, { name: 'Acme', slug: 'acme', settings });
  const { token } = await createApiKey(program.database, tenant);
  const first = JSON.stringify({ url: program.url, api_key: token });
  writeFileSync(join(program.dataDir, 'first-run.json'), first);
  return { program, client: program.client(token) };
}
