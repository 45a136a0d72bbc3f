/** The ids that models go by. */
import { StageError } from "@iftk/core";

/** A name as an error shows it. */
export const quoted = (name: string): string => JSON.stringify(name.slice(0, 256));

/** Old ids and other names of models, each with the id that it stands for. */
export class ModelNames {
  /** As they were given: never forgotten. */
  readonly #fixed = new Map<string, string>();
  /** As loaded models have them. */
  readonly #learned = new Map<string, string>();

  /** @throws StageError `invalid_argument` for aliases that lead back to themselves. */
  constructor(aliases: Readonly<Record<string, string>>) {
    const given = new Map(Object.entries(aliases));
    for (const alias of given.keys()) {
      const path = [alias];
      for (let id = given.get(alias); id !== undefined; id = given.get(id)) {
        if (path.includes(id)) throw new StageError("invalid_argument", `modelManager: the aliases ${[...path, id].join(" -> ")} go round; let the last be the id of a model`);
        path.push(id);
      }
      this.#fixed.set(alias, path.at(-1) as string);
    }
  }

  /** The id that a name stands for: itself, unless it is an alias. */
  idOf(name: string): string {
    const id = this.#fixed.get(name) ?? name;
    return this.#learned.get(id) ?? id;
  }

  /** Lets names stand for the id, but for those that stand for one already. */
  learn(id: string, names: readonly string[]): void {
    for (const name of names) if (name !== id && !this.#fixed.has(name) && !this.#learned.has(name)) this.#learned.set(name, id);
  }

  /** The other names of an id. */
  aliasesOf(id: string): readonly string[] {
    return [...this.#fixed.keys(), ...this.#learned.keys()].filter((name) => this.idOf(name) === id);
  }

  /** Forgets what was learned of an id. */
  forget(id: string): void {
    for (const [name, of] of this.#learned) if (of === id) this.#learned.delete(name);
  }
}
