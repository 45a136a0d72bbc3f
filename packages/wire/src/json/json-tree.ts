/** A JSON value that grows at its end, and what has been shown of it. */

type Container = unknown[] | Record<string, unknown>;

/** Elements of an array, or their equal, that one character of text pays to copy. */
const copiesPerCharacter = 32;

/** What it costs to copy a container, in elements of a short array. */
interface CopyCost {
  readonly empty: number;
  readonly each: number;
  /** Beyond this cost each element or member costs more. */
  readonly small: number;
  readonly eachFurther: number;
}

// Measured on V8: it copies an object of more than a few members from a hash table, and gives a long array pages of its own.
const costOfArray: CopyCost = { empty: 16, each: 1, small: 8192, eachFurther: 8 };
const costOfObject: CopyCost = { empty: 16, each: 8, small: 128, eachFurther: 32 };

/**
 * Builds a JSON value from its beginning to its end, and can show what there is of it at any time.
 *
 * What was shown is never changed. Only containers that are still open can change: of them, those that were shown
 * are copied before the next change, and all others are shared by what was shown before and what is shown later.
 */
export class JsonTree {
  #root: unknown;
  /** The containers that are open, the root first. */
  readonly #open: Container[] = [];
  /** For each open container, where in it the value stands that is written. */
  readonly #keys: (string | number)[] = [];
  /** For each open container, what it costs to copy; and for all of them. */
  readonly #costs: number[] = [];
  #cost = 0;
  /** How many of the open containers, from the root on, were shown as they are. */
  #shown = 0;
  #credit = 0;

  /** How many containers are open. */
  get depth(): number {
    return this.#open.length;
  }

  /** Whether the innermost open container is an array. */
  get isInArray(): boolean {
    return Array.isArray(this.#open.at(-1));
  }

  /** Where the value stands that is written: the keys and indices that lead to it from the root. */
  get path(): readonly (string | number)[] {
    return this.#keys;
  }

  /** The open container at this depth; 0 is the root. */
  containerAt(depth: number): unknown {
    return this.#open[depth];
  }

  /** Opens a container where a value is expected; in an array, at its first element. */
  open(container: Container): void {
    this.put(container);
    const isArray = Array.isArray(container);
    const { empty } = isArray ? costOfArray : costOfObject;
    this.#open.push(container);
    this.#keys.push(isArray ? 0 : "");
    this.#costs.push(empty);
    this.#cost += empty;
  }

  /** Goes on to the next element of the open array. */
  nextElement(): void {
    this.#goTo((this.#keys.at(-1) as number) + 1, costOfArray);
  }

  /** Goes on to the member of the open object that has this key. */
  nextMember(key: string): void {
    this.#goTo(key, costOfObject);
  }

  #goTo(key: string | number, { small, each, eachFurther }: CopyCost): void {
    const last = this.#open.length - 1;
    const before = this.#costs[last] as number;
    const cost = before < small ? each : eachFurther;
    this.#keys[last] = key;
    this.#costs[last] = before + cost;
    this.#cost += cost;
  }

  /** Sets the value where one is expected; it is set again when it has grown. */
  put(value: unknown): void {
    this.#unshare();
    const last = this.#open.length - 1;
    if (last < 0) this.#root = value;
    else assign(this.#open[last] as Container, this.#keys[last] as string | number, value);
  }

  /** Closes the innermost open container, which is given: it does not change any more. */
  close(): Container {
    const container = this.#open.pop() as Container;
    this.#keys.pop();
    this.#cost -= this.#costs.pop() as number;
    this.#shown = Math.min(this.#shown, this.#open.length);
    return container;
  }

  /** Counts characters of text, which pay for copies. */
  earn(characters: number): void {
    this.#credit += characters * copiesPerCharacter;
  }

  /** Whether the text has paid for the copies that showing the value leads to: for whoever shows it only then, all copies together are linear in the text. */
  get isPaid(): boolean {
    return this.#cost <= this.#credit;
  }

  /** What there is of the value; it stays as it is. */
  show(): unknown {
    if (this.#shown < this.#open.length) this.#credit = Math.max(0, this.#credit - this.#cost);
    this.#shown = this.#open.length;
    return this.#root;
  }

  /** Copies the open containers that were shown, so that they can be changed. */
  #unshare(): void {
    for (let depth = 0; depth < this.#shown; depth++) {
      const copy = copyOf(this.#open[depth] as Container, this.#keys[depth]);
      this.#open[depth] = copy;
      if (depth === 0) this.#root = copy;
      else assign(this.#open[depth - 1] as Container, this.#keys[depth - 1] as string | number, copy);
    }
    this.#shown = 0;
  }
}

/** A copy, with room for the value at the key. */
function copyOf(container: Container, key: unknown): Container {
  if (Array.isArray(container)) return key === container.length ? container.concat(room) : container.slice();
  return { ...container };
}

const room: readonly unknown[] = [undefined];

/** Sets an own property, whatever its name. */
function assign(container: Container, key: string | number, value: unknown): void {
  if (key === "__proto__") Object.defineProperty(container, key, { value, writable: true, enumerable: true, configurable: true });
  else (container as Record<string | number, unknown>)[key] = value;
}
