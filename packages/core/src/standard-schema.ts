/** Validation by any schema library that follows Standard Schema v1 (standardschema.dev). */
import { StageError, type StageErrorCode } from "./error.js";
import { isThenable } from "./reader.js";

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

type Outcome<Output> = { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly Issue[] };

/** A schema of any library: it takes an `Input` and gives an `Output`, with defaults filled in. */
export interface StandardSchema<Input, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Outcome<Output> | Promise<Outcome<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/**
 * Gives what the schema makes of a value: at once where the schema does not wait. `what` names the value where it does not fit.
 *
 * @throws StageError of the code, `invalid_argument` without it, with every issue and its place.
 */
export function validate<Output>(schema: StandardSchema<unknown, Output>, value: unknown, what: () => string, code: StageErrorCode = "invalid_argument"): Output | Promise<Output> {
  const take = (outcome: Outcome<Output>): Output => {
    if (!outcome.issues) return outcome.value;
    const issues = outcome.issues.map(({ message, path = [] }) => [...(path.length > 0 ? [path.map((part) => String(typeof part === "object" ? part.key : part)).join(".")] : []), message].join(": "));
    throw new StageError(code, `${what()}: ${issues.join("; ")}`);
  };
  const outcome = schema["~standard"].validate(value);
  return isThenable(outcome) ? Promise.resolve(outcome).then(take) : take(outcome);
}
