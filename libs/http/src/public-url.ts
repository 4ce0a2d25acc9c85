/**
 * Where users reach this installation, without a trailing slash. Links are made of it. Without a setting for it, it
 * is known only once the program listens, since port 0 means any free one.
 */
export class PublicUrl {
  constructor(private current: string) {}

  get origin(): string {
    return this.current;
  }

  /** Called once, when the program listens. */
  announce(origin: string): void {
    this.current = origin;
  }
}
