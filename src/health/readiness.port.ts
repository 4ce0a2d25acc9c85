/** Whether the program can serve requests now. */
export abstract class Readiness {
  /** True while everything that is required works and the program is not stopping. Takes at most about two seconds. */
  abstract isReady(): Promise<boolean>;
}
