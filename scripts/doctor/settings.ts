/** A variable of the environment. The doctor works before anything is built, so it does not ask libs/config. */
export function setting(variable: string, otherwise: string): string {
  return process.env[variable]?.trim() || otherwise;
}
