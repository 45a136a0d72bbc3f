/** The number of RFC 8259, section 6, character by character. */

// Where in a number a character leaves it.
const afterMinus = 1;
const afterZero = 2;
const inInteger = 3;
const afterPoint = 4;
const inFraction = 5;
const afterExponent = 6;
const afterSign = 7;
const inExponent = 8;

/** The number is complete before the character. */
export const numberEnd = 0;
/** The character cannot stand there, nor can the number end before it. */
export const numberFault = -1;

/** Where a number is after its first character; `numberFault` where none begins with it. */
export function beginNumber(code: number): number {
  return code === 0x2d ? afterMinus : code === 0x30 ? afterZero : isDigit(code) ? inInteger : numberFault;
}

/** Where a number is after one more character, from where it was: `numberEnd` and `numberFault` included. */
export function stepNumber(place: number, code: number): number {
  if (isDigit(code)) return afterDigit(place, code);
  if (code === 0x2e && (place === afterZero || place === inInteger)) return afterPoint;
  if ((code | 0x20) === 0x65 && (place === afterZero || place === inInteger || place === inFraction)) return afterExponent;
  if ((code === 0x2b || code === 0x2d) && place === afterExponent) return afterSign;
  return isWhole(place) ? numberEnd : numberFault;
}

/** Whether a number may end there. */
export function isWhole(place: number): boolean {
  return place === afterZero || place === inInteger || place === inFraction || place === inExponent;
}

function afterDigit(place: number, code: number): number {
  if (place === afterMinus) return code === 0x30 ? afterZero : inInteger;
  if (place === inInteger) return inInteger;
  if (place === afterPoint || place === inFraction) return inFraction;
  return place === afterZero ? numberEnd : inExponent;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
