/** The elements and links of a pipeline or bin while its text is read. */
import type { BinUse, ElementUse, Graph, Link, PadReference } from "../description.js";
import { likelyName } from "../likely-name.js";
import { defaultName } from "./default-name.js";
import { mostElements, mostLinks } from "./launch-limits.js";
import type { LaunchText } from "./launch-text.js";
import { placeOf, quoted } from "./pipeline-syntax-error.js";

/** A name that stands for an element which is declared anywhere in the same pipeline or bin. */
interface Mention {
  readonly name: string;
  readonly offset: number;
}

/** Holds what was read of one pipeline or bin, and where its names are. */
export class LaunchScope {
  readonly #elements: (ElementUse | BinUse)[] = [];
  readonly #links: Link[] = [];
  readonly #text: LaunchText;
  readonly #around: LaunchScope | undefined;
  readonly #names = new Map<string, number>();
  readonly #uses = new Map<string, number>();
  readonly #mentions: Mention[] = [];
  readonly #within: LaunchScope[] = [];

  constructor(text: LaunchText, around?: LaunchScope) {
    this.#text = text;
    this.#around = around;
    if (around) around.#within.push(this);
  }

  /** What was read. */
  get graph(): Graph {
    return { elements: this.#elements, links: this.#links };
  }

  /** Adds an element or a bin under the name that is written, or the one that it has without. */
  declare(offset: number, written: Mention | undefined, use: Omit<ElementUse, "name"> | Omit<BinUse, "name">): string {
    const kind = "bin" in use ? "bin" : use.element;
    const unnamed = defaultName(kind, this.#uses);
    const name = written?.name ?? unnamed;
    const place = written?.offset ?? offset;
    const first = this.#names.get(name);
    if (first !== undefined) {
      const { line, column } = placeOf(this.#text.text, first);
      this.#text.fail(place, `the name ${quoted(name)} is that of the element at ${line}:${column}; give this one another by name=`, { length: written ? name.length : kind.length });
    }
    if (name.length > 64) this.#text.fail(place, "the name of this element is too long to be given a number; name it by name=", { length: kind.length });
    if (this.#elements.length === mostElements) this.#text.fail(offset, `there are more than ${mostElements} elements; put some of them into bins`);
    this.#names.set(name, place);
    this.#elements.push({ name, ...use });
    return name;
  }

  /** Notes that a name stands for an element, which may be declared later. */
  mention(name: string, offset: number): void {
    this.#mentions.push({ name, offset });
  }

  link(offset: number, from: PadReference, to: PadReference, caps: string | undefined): void {
    if (this.#links.length === mostLinks) this.#text.fail(offset, `there are more than ${mostLinks} links`);
    this.#links.push(caps === undefined ? { from, to } : { from, to, caps });
  }

  /** Fails at the first name that stands for no element, here and in the bins. */
  resolve(): void {
    const unknown = this.#mentions.find(({ name }) => !this.#names.has(name));
    if (unknown) this.#refuse(unknown);
    for (const scope of this.#within) scope.resolve();
  }

  #refuse({ name, offset }: Mention): never {
    const likely = likelyName(name, this.#names.keys());
    const isOutside = this.#isOutside(name);
    const problem = isOutside ? `${quoted(name)} stands outside of this bin; link the bin itself to it` : `no element is named ${quoted(name)}${this.#around ? " in this bin" : ""}`;
    return this.#text.fail(offset, problem, { length: name.length, likely: isOutside ? undefined : likely });
  }

  #isOutside(name: string): boolean {
    return this.#around !== undefined && (this.#around.#names.has(name) || this.#around.#isOutside(name));
  }
}
