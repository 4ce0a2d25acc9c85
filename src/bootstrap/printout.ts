import type { Credentials } from './credentials-file.js';

/** What the first start shows to the person who started it. */
export function printout(credentials: Credentials, file: string): string {
  return `
  Agent Village: first start. These are shown once; they are also in ${file}

    address        ${credentials.url}
    tenant         ${credentials.tenant_slug} (${credentials.tenant_id})
    admin          ${credentials.admin_email}   ${credentials.admin_password}
    system admin   ${credentials.system_admin_email}   ${credentials.system_admin_password}
    API key        ${credentials.api_key}
    system key     ${credentials.system_api_key}

  Two demo settings of the tenant ${credentials.tenant_slug}, to be switched off for real work (docs/guides/approvals.md):
    - who asks for an action may also approve it
    - the code of a submitted plan runs in the wasm sandbox without approval

`;
}
