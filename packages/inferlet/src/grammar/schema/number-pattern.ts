/** Numbers within bounds, as automata over their digits. */
import { type CharacterAutomaton, product, type Transition, wholeMatch } from "../character-automaton.js";
import { digits } from "../character-classes.js";
import { readPattern } from "../read-pattern.js";
import { either, exactly, inOrder, oneOf, type Pattern, times } from "../pattern.js";
import { refusal } from "../refuse.js";
import type { NumberShape } from "./shape.js";

/** Digits before the point: JavaScript writes larger numbers with an exponent. */
const mostDigits = 21;

const anyInteger = String.raw`-?(?:0|[1-9]\d{0,20})`;
/** Every number that does not become infinite when it is read. */
const anyNumber = String.raw`${anyInteger}(?:\.\d+)?(?:[eE][+\-]?\d{1,2})?|-?\d(?:\.\d+)?[eE](?:-\d{3}|\+?(?:[12]\d\d|30[0-7]))`;

const digit = oneOf(digits);
const none: Pattern = either();
const nothingMore: Pattern = inOrder();

interface Decimal {
  readonly integer: string;
  /** Without zeros at its end. */
  readonly fraction: string;
}

/** The automaton of the numbers of a shape as JSON texts. */
export function numberAutomaton({ isInteger, minimum, maximum, multipleOf }: NumberShape, place: string): CharacterAutomaton {
  if (multipleOf !== undefined) {
    // Beyond, reading a number may round it to one that is no multiple.
    const bound = Number.MAX_SAFE_INTEGER;
    const within = wholeMatch(bounded(Math.max(minimum, -bound), Math.min(maximum, bound), true, place), place);
    return product(within, multiplesOf(multipleOf), place);
  }
  if (minimum === -Infinity && maximum === Infinity) return wholeMatch(readPattern(isInteger ? anyInteger : anyNumber, place), place);
  return wholeMatch(bounded(minimum, maximum, isInteger, place), place);
}

/** Numbers from `minimum` to `maximum`, without an exponent. */
function bounded(minimum: number, maximum: number, isInteger: boolean, place: string): Pattern {
  const least = isInteger ? Math.ceil(minimum) : minimum;
  const most = isInteger ? Math.floor(maximum) : maximum;
  if (least >= 10 ** mostDigits || most <= -(10 ** mostDigits)) throw refusal(place, `bounds of more than ${mostDigits} digits`);
  if (least > most) return none;
  const parts: Pattern[] = [];
  if (most >= 0) parts.push(notNegative(Math.max(0, least), most, isInteger));
  // An integer -0 is not written; the smallest number below it is -1.
  const nearest = Math.max(isInteger ? 1 : 0, -most);
  if (least < 0 && -least >= nearest) parts.push(inOrder(exactly("-"), notNegative(nearest, -least, isInteger)));
  return either(...parts);
}

function notNegative(minimum: number, maximum: number, isInteger: boolean): Pattern {
  const low = decimal(minimum);
  const high = maximum < 10 ** mostDigits ? decimal(maximum) : undefined;
  const shortest = low.integer.length;
  if (shortest === high?.integer.length) return new BoundedDigits(low, high, isInteger).integer(0, true, true);
  const parts = [new BoundedDigits(low, undefined, isInteger).integer(0, true, false)];
  const longest = high === undefined ? mostDigits : high.integer.length - 1;
  const fraction = isInteger ? nothingMore : either(nothingMore, inOrder(exactly("."), times(digit, 1)));
  if (shortest < longest) parts.push(inOrder(oneOf([[49, 57]]), times(digit, shortest, longest - 1), fraction));
  if (high !== undefined) parts.push(new BoundedDigits({ integer: `1${"0".repeat(longest)}`, fraction: "" }, high, isInteger).integer(0, true, true));
  return either(...parts);
}

/** The digits of a double in full, the shortest that name it (ECMA-262, Number::toString). */
function decimal(value: number): Decimal {
  const [mantissa = "", exponent = "0"] = String(value).split("e");
  const [integer = "", fraction = ""] = mantissa.split(".");
  const shift = Number(exponent);
  const all = shift < 0 ? "0".repeat(-shift) + integer + fraction : integer + fraction.padEnd(shift, "0");
  const point = shift < 0 ? integer.length : integer.length + shift;
  return { integer: all.slice(0, point).replace(/^0+(?=\d)/, ""), fraction: all.slice(point).replace(/0+$/, "") };
}

/** Numbers with as many digits before the point as both bounds; a bound is `tight` while all digits were its own. */
class BoundedDigits {
  readonly #low: Decimal;
  readonly #high: Decimal | undefined;
  readonly #isInteger: boolean;

  constructor(low: Decimal, high: Decimal | undefined, isInteger: boolean) {
    this.#low = low;
    this.#high = high;
    this.#isInteger = isInteger;
  }

  integer(index: number, isLowTight: boolean, isHighTight: boolean): Pattern {
    const length = this.#low.integer.length;
    if (index === length) return this.#point(isLowTight, isHighTight);
    if (!isLowTight && !isHighTight) return inOrder(times(digit, length - index, length - index), this.#point(false, false));
    const low = isLowTight ? Number(this.#low.integer[index]) : 0;
    const high = isHighTight ? Number(this.#high?.integer[index]) : 9;
    return split(low, high, isLowTight, isHighTight, (lowStays, highStays) => this.integer(index + 1, lowStays, highStays));
  }

  #point(isLowTight: boolean, isHighTight: boolean): Pattern {
    const parts: Pattern[] = [];
    if (!isLowTight || this.#low.fraction === "") parts.push(nothingMore);
    if (!this.#isInteger) parts.push(inOrder(exactly("."), this.#fraction(0, isLowTight, isHighTight)));
    return either(...parts);
  }

  #fraction(index: number, isLowTight: boolean, isHighTight: boolean): Pattern {
    const lowest = isLowTight && index < this.#low.fraction.length;
    const isFirst = index === 0 ? 1 : 0;
    if (!lowest && !isHighTight) return times(digit, isFirst);
    const bound = this.#high?.fraction ?? "";
    if (!lowest && index >= bound.length) return times(exactly("0"), isFirst);
    const low = lowest ? Number(this.#low.fraction[index]) : 0;
    const high = isHighTight ? Number(bound[index] ?? 0) : 9;
    const more = split(low, high, lowest, isHighTight, (lowStays, highStays) => this.#fraction(index + 1, lowStays, highStays));
    return lowest || isFirst === 1 ? more : either(nothingMore, more);
  }
}

/** A digit between two bounds, and what follows while a bound stays tight and when it does not. */
function split(low: number, high: number, isLowTight: boolean, isHighTight: boolean, follow: (isLowTight: boolean, isHighTight: boolean) => Pattern): Pattern {
  if (low > high) return none;
  if (low === high) return inOrder(exactly(String(low)), follow(isLowTight, isHighTight));
  const parts: Pattern[] = [];
  if (isLowTight) parts.push(inOrder(exactly(String(low)), follow(true, false)));
  const from = isLowTight ? low + 1 : low;
  const to = isHighTight ? high - 1 : high;
  if (from <= to) parts.push(inOrder(oneOf([[48 + from, 48 + to]]), follow(false, false)));
  if (isHighTight) parts.push(inOrder(exactly(String(high)), follow(false, true)));
  return either(...parts);
}

/** The digits of multiples, with or without a sign: a state for each remainder. */
function multiplesOf(divisor: number): CharacterAutomaton {
  const begin = 2;
  const byDigit = (remainder: number): Transition[] => Array.from({ length: 10 }, (_, value) => ({ to: begin + ((remainder * 10 + value) % divisor), on: [[48 + value, 48 + value]] }));
  const transitions = [[...byDigit(0), { to: 1, on: [[45, 45]] as const }], byDigit(0), ...Array.from({ length: divisor }, (_, remainder) => byDigit(remainder))];
  return { transitions, isEnd: transitions.map((_, state) => state === begin) };
}
