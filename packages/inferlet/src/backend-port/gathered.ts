/** What is said within one turn of the event loop, as one message. */

// Taken at load: a virtual clock must not hold up these. Browsers have no setImmediate.
const { setImmediate: soon = queueMicrotask } = globalThis as { readonly setImmediate?: (run: () => void) => void };

/**
 * Gathers what is posted until the turn of the event loop ends.
 *
 * Sequences whose passes ended together so ask for their next passes together, and share a batch again.
 */
export class Gathered<T> {
  readonly #post: (items: readonly T[], transfer: ArrayBuffer[]) => void;
  #items: T[] = [];
  #transfer: ArrayBuffer[] = [];

  constructor(post: (items: readonly T[], transfer: ArrayBuffer[]) => void) {
    this.#post = post;
  }

  add(item: T, transfer: readonly ArrayBuffer[] = []): void {
    if (this.#items.push(item) === 1) soon(() => this.flush());
    this.#transfer.push(...transfer);
  }

  flush(): void {
    const [items, transfer] = [this.#items, this.#transfer];
    if (items.length === 0) return;
    this.#items = [];
    this.#transfer = [];
    this.#post(items, transfer);
  }
}
