/**
 * Whether the program has begun to serve. It listens a moment earlier, to know its address, and until then answers
 * nobody but monitors.
 */
export class Opening {
  private opened = false;

  get isOpen(): boolean {
    return this.opened;
  }

  open(): void {
    this.opened = true;
  }
}
