/** One part of the installation that can be asked whether it works. */
export interface HealthCheck {
  /** Short, for people and monitors: `database`, `disk`. */
  readonly name: string;
  /** Whether the program can serve nobody while this part does not work. */
  readonly required: boolean;
  /** Resolves when the part works; throws when it does not. What it throws is logged, never shown. */
  run(): Promise<void>;
}

/** The checks of this program. Modules add theirs when they are made. */
export class HealthChecks {
  private readonly list: HealthCheck[] = [];

  add(check: HealthCheck): void {
    this.list.push(check);
  }

  get all(): readonly HealthCheck[] {
    return this.list;
  }
}
