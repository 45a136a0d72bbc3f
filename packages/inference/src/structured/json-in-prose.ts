/** A JSON object that stands in a text with other words around it. */
import { StageError } from "@iftk/core";
import { jsonReader, type JsonReader } from "@iftk/wire";

/** Braces that may turn out to begin no object, so that the search stays cheap. */
const mostTries = 64;

/** Finds, in a text that comes in pieces, the first object that is JSON; fences and prose around it are passed over. */
export class JsonInProse {
  #reader: JsonReader | undefined;
  /** The text from the brace on that is being tried. */
  #tried = "";
  #tries = 0;
  #failure: StageError | undefined;

  /** Takes the next piece and says whether `value` has changed and is worth reading. */
  push(piece: string): boolean {
    if (this.#reader?.isWhole) return false;
    this.#tried += piece;
    let isWorthReading = this.#reader?.push(piece) ?? false;
    while (this.#findBegin()) isWorthReading = this.#reader?.push(this.#tried) ?? false;
    return isWorthReading;
  }

  /** Goes on to the next brace where none is being tried, or the one that was begins no object. */
  #findBegin(): boolean {
    if (this.#reader && (this.#reader.isWhole || !this.#reader.error)) return false;
    this.#failure ??= this.#reader?.error;
    const begin = this.#tries < mostTries ? this.#tried.indexOf("{", this.#reader ? 1 : 0) : -1;
    this.#reader = begin < 0 ? undefined : jsonReader();
    this.#tried = begin < 0 ? "" : this.#tried.slice(begin);
    this.#tries++;
    return begin >= 0;
  }

  /** What there is of the object; undefined before it begins. */
  get value(): unknown {
    return this.#reader?.value;
  }

  /**
   * The whole object.
   *
   * @throws StageError as `jsonReader` does for the object; `invalid_argument`, reason `malformed`, when there is none.
   */
  end(): unknown {
    if (this.#reader?.isWhole) return this.#reader.value;
    if (this.#reader) return this.#reader.end();
    throw this.#failure ?? new StageError("invalid_argument", "there is no JSON object in the text", { reason: "malformed" });
  }
}
