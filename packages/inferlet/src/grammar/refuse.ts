/** Refusals of what cannot be made a grammar. */
import { StageError } from "@iftk/core";

/** What a grammar may need at most; beyond it, it is refused. */
export const limits = {
  /** States of the automaton that a grammar becomes. */
  states: 400_000,
  /** States of the automaton of one pattern. */
  patternStates: 50_000,
  /** Parentheses, rules and schemas inside of each other. */
  nesting: 300,
  /** Characters of a pattern or of a grammar in EBNF. */
  text: 1_000_000,
  /** Alternatives that a schema has once its combinations are multiplied out. */
  alternatives: 5_000,
} as const;

/** The error for what is not well-formed or cannot be held. */
export function refusal(place: string, problem: string): StageError {
  return new StageError("invalid_argument", `${place}: ${problem}`);
}

/** The error for what is beyond a limit. */
export function tooLarge(place: string, problem: string): StageError {
  return new StageError("resource_exhausted", `${place}: ${problem}`, { reason: "too-large" });
}
