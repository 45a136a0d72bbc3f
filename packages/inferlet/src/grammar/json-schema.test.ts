import { StageError } from "@iftk/core";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import fc from "fast-check";
import { expect, test } from "vitest";
import { randomSource } from "../sampling/random.js";
import { byteTable, embeddedTable } from "./fixtures/tables.js";
import { hostileText } from "./fixtures/hostile.js";
import { schemas } from "./fixtures/schemas.js";
import { likelyValue, textOfValue } from "./fixtures/valid-value.js";
import { Grammar, type JsonSchemaOptions } from "./grammar.js";
import { Matcher } from "./matcher.js";

const embedded = embeddedTable();

const tokensByBytes = new Map(Array.from({ length: embedded.size }, (_, token) => [embedded.bytesOf(token).join(), [token]]));

function ajvFor(schema: object): ValidateFunction {
  const ajv = new Ajv2020({ strict: false, ownProperties: true });
  formats(ajv);
  return ajv.compile(schema);
}

/** The grammar of a schema; schemas that strictness leaves without a value are not counted, nor those in which a host and several patterns ask too much of one string. */
function grammarOf(schema: object, options: JsonSchemaOptions): Grammar {
  try {
    return Grammar.fromJsonSchema(schema, options);
  } catch (error) {
    fc.pre(!(StageError.is(error) && (error.message === "grammar: no text fits it" || error.message.includes("patterns and lengths need more than"))));
    throw error;
  }
}

test.each([["of the embedded model", embedded, 40], ["of bytes", byteTable, 40]] as const)("a hostile model with the vocabulary %s gives JSON that is valid by its schema", (_, table, runs) => {
  fc.assert(
    fc.property(schemas, fc.nat(1e9), fc.constantFrom("none", "single", "any"), fc.boolean(), (schema, seed, whitespace, strict) => {
      const grammar = grammarOf(schema, { whitespace, strict });
      const isValid = ajvFor(schema);
      for (let count = 0; count < 3; count++) {
        const text = hostileText(grammar, table, randomSource(seed + count));
        expect([text, isValid(JSON.parse(text)), isValid.errors]).toEqual([text, true, null]);
      }
    }),
    { numRuns: runs },
  );
});

test("the text of a valid value may come, however it is cut into tokens", () => {
  let valid = 0;
  fc.assert(
    fc.property(schemas, fc.nat(1e9), (schema, seed) => {
      const grammar = grammarOf(schema, {});
      const isValid = ajvFor(schema);
      const random = randomSource(seed);
      for (let count = 0; count < 12; count++) {
        const text = textOfValue(likelyValue(schema, random), random() < 0.5 ? " " : "");
        // Names that come twice or with bounded numbers in exponent form are not written so.
        if (/\de[-+]?\d/.test(text) || !isValid(JSON.parse(text))) continue;
        valid++;
        expect([text, follow(new Matcher(grammar, embedded), text, random)]).toEqual([text, text]);
      }
    }),
    { numRuns: 60 },
  );
  expect(valid).toBeGreaterThan(50);
});

/** Follows a text by tokens that are picked at random among those that fit, and gives what was accepted; all of it when it may end there. */
function follow(matcher: Matcher, text: string, random: () => number): string {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  while (at < bytes.length) {
    const fitting = [1, 2, 3, 4, 6, 9].flatMap((length) => tokensByBytes.get(bytes.subarray(at, at + length).join()) ?? []);
    const token = fitting[Math.floor(random() * fitting.length)] as number;
    const mask = matcher.mask();
    if ((((mask[token >> 5] as number) >>> (token & 31)) & 1) === 0 || !matcher.accept(token)) return new TextDecoder().decode(bytes.subarray(0, at));
    at += embedded.bytesOf(token).length;
  }
  return matcher.isComplete ? text : `${text} and more`;
}
