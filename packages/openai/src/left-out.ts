/** Content of replies that has no place among the parts. */
import type { Part } from "@iftk/inference";

/** Kinds of which one reply warns at most. */
const mostKinds = 16;

/** Warns of what a reply holds and is not given, once for each kind. */
export class LeftOut {
  readonly #provider: string;
  readonly #kinds = new Set<string>();

  constructor(provider: string) {
    this.#provider = provider;
  }

  warn(kind: string, parts: Part[]): void {
    if (this.#kinds.has(kind) || this.#kinds.size === mostKinds) return;
    this.#kinds.add(kind);
    parts.push({ type: "warning", message: `${this.#provider}: the reply has content of the type ${JSON.stringify(kind.slice(0, 80))}, which is left out` });
  }
}
