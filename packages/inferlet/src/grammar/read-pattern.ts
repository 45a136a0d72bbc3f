/** Regular expressions of JavaScript, read. */
import { type CodePoints, codePoints, codePointsOf, complement, union } from "./code-points.js";
import { characterEscapes, classEscape } from "./character-classes.js";
import { either, inOrder, oneOf, type Pattern, times } from "./pattern.js";
import { limits, refusal, tooLarge } from "./refuse.js";

const lineEnds = codePointsOf("\n\r\u2028\u2029");

/**
 * Reads a regular expression as JavaScript does with the flag `u`.
 *
 * Groups capture nothing and lazy quantifiers are as others: both leave the language as it is.
 *
 * @param place what the pattern belongs to, for messages
 * @throws StageError `invalid_argument` for what is no regular expression and for what is more than
 * one: lookaround, back references, word boundaries, flags inside the pattern; `resource_exhausted`
 * when it nests too deep.
 */
export function readPattern(source: string, place: string): Pattern {
  if (source.length > limits.text) throw tooLarge(place, `${source.length} characters are more than ${limits.text}`);
  try {
    RegExp(source, "u");
  } catch (error) {
    throw refusal(place, (error as Error).message);
  }
  return new PatternReader(source, place).read();
}

class PatternReader {
  readonly #characters: readonly string[];
  readonly #place: string;
  #index = 0;
  #depth = 0;

  constructor(source: string, place: string) {
    this.#characters = Array.from(source);
    this.#place = place;
  }

  read(): Pattern {
    const pattern = this.#alternatives();
    if (this.#index < this.#characters.length) throw this.#refusal("a parenthesis closes nothing");
    return pattern;
  }

  #refusal(problem: string): Error {
    return refusal(this.#place, `${problem}, at character ${this.#index} of ${JSON.stringify(this.#characters.join(""))}`);
  }

  #takes(text: string): boolean {
    if (!Array.from(text).every((character, index) => this.#characters[this.#index + index] === character)) return false;
    this.#index += Array.from(text).length;
    return true;
  }

  #alternatives(): Pattern {
    if (++this.#depth > limits.nesting) throw tooLarge(this.#place, `groups nest deeper than ${limits.nesting}`);
    const items = [this.#sequence()];
    while (this.#takes("|")) items.push(this.#sequence());
    this.#depth--;
    return items.length === 1 ? (items[0] as Pattern) : either(...items);
  }

  #sequence(): Pattern {
    const items: Pattern[] = [];
    for (;;) {
      const next = this.#characters[this.#index];
      if (next === undefined || next === "|" || next === ")") return items.length === 1 ? (items[0] as Pattern) : inOrder(...items);
      items.push(this.#quantified(this.#atom()));
    }
  }

  #quantified(item: Pattern): Pattern {
    const bounds = this.#bounds();
    if (bounds === undefined) return item;
    this.#takes("?");
    return times(item, ...bounds);
  }

  #bounds(): [number, number] | undefined {
    if (this.#takes("*")) return [0, Infinity];
    if (this.#takes("+")) return [1, Infinity];
    if (this.#takes("?")) return [0, 1];
    if (!this.#takes("{")) return undefined;
    const text = this.#until("}");
    const [minimum = "", maximum] = text.split(",");
    return [Number(minimum), maximum === undefined ? Number(minimum) : maximum === "" ? Infinity : Number(maximum)];
  }

  #until(end: string): string {
    const from = this.#index;
    while (this.#characters[this.#index] !== end) this.#index++;
    return this.#characters.slice(from, this.#index++).join("");
  }

  #atom(): Pattern {
    if (this.#takes("^")) return { type: "start" };
    if (this.#takes("$")) return { type: "end" };
    if (this.#takes(".")) return oneOf(complement(lineEnds));
    if (this.#takes("(")) return this.#group();
    if (this.#takes("[")) return oneOf(this.#class());
    if (this.#takes("\\")) return oneOf(this.#escape());
    return oneOf(codePointsOf(this.#characters[this.#index++] as string));
  }

  #group(): Pattern {
    if (this.#takes("?")) {
      if (["=", "!", "<=", "<!"].some((kind) => this.#takes(kind))) throw this.#refusal("a look ahead or behind cannot be held by an automaton of this kind; write what may stand there instead");
      if (this.#takes("<")) this.#until(">");
      else if (!this.#takes(":")) throw this.#refusal("flags inside a pattern are not supported");
    }
    const inner = this.#alternatives();
    this.#takes(")");
    return inner;
  }

  #class(): CodePoints {
    const isNegated = this.#takes("^");
    const sets: CodePoints[] = [];
    while (!this.#takes("]")) {
      const from = this.#classMember();
      const isRange = this.#characters[this.#index] === "-" && this.#characters[this.#index + 1] !== "]";
      if (!isRange || typeof from !== "number") {
        sets.push(typeof from === "number" ? codePoints([[from, from]]) : from);
        continue;
      }
      this.#index++;
      const to = this.#classMember();
      sets.push(codePoints([[from, to as number]]));
    }
    const set = union(...sets);
    return isNegated ? complement(set) : set;
  }

  #classMember(): number | CodePoints {
    if (!this.#takes("\\")) return (this.#characters[this.#index++] as string).codePointAt(0) as number;
    if (this.#takes("b")) return 8;
    return classEscape(this.#characters, this.#index, (next) => (this.#index = next)) ?? this.#codePoint();
  }

  #escape(): CodePoints {
    const next = this.#characters[this.#index] as string;
    if (/[1-9k]/.test(next)) throw this.#refusal("a back reference cannot be held by an automaton");
    if (/[bB]/.test(next)) throw this.#refusal("a word boundary is not supported; write the characters that may stand there");
    const set = classEscape(this.#characters, this.#index, (index) => (this.#index = index));
    if (set !== undefined) return set;
    const codePoint = this.#codePoint();
    return codePoints([[codePoint, codePoint]]);
  }

  /** The character that an escape stands for; the backslash is read. */
  #codePoint(): number {
    const next = this.#characters[this.#index++] as string;
    if (next === "c") return (this.#characters[this.#index++] as string).charCodeAt(0) % 32;
    if (next === "x") return this.#hexadecimal(2);
    if (next !== "u") return characterEscapes.get(next) ?? (next.codePointAt(0) as number);
    if (this.#takes("{")) return Number.parseInt(this.#until("}"), 16);
    const unit = this.#hexadecimal(4);
    const isPair = unit >= 0xd800 && unit < 0xdc00 && /^\\u[dD][c-fC-F]/.test(this.#characters.slice(this.#index, this.#index + 4).join(""));
    if (!isPair) return unit;
    this.#index += 2;
    return ((unit - 0xd800) << 10) + (this.#hexadecimal(4) - 0xdc00) + 0x10000;
  }

  #hexadecimal(digits: number): number {
    this.#index += digits;
    return Number.parseInt(this.#characters.slice(this.#index - digits, this.#index).join(""), 16);
  }
}
