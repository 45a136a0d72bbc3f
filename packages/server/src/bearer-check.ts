/** Who may call: those who know a token. */
import { StageError } from "@iftk/core";

/** What a check may know of the request beside the token. */
export interface BearerRequest {
  readonly method: string;
  readonly path: string;
  /** A header by its name in lower case. */
  header(name: string): string | undefined;
}

/** The tokens that are taken, or a function that knows them. */
export type Tokens = readonly string[] | ((token: string, request: BearerRequest) => boolean | Promise<boolean>);

/** Resolves where the token is taken. Rejects with StageError `unauthenticated`, with reason `no-token` where there is none and `bad-token` where it is not taken. */
export type BearerCheck = (token: string | undefined, request: BearerRequest) => Promise<void>;

/**
 * A check of bearer tokens (RFC 6750). How long it takes tells nothing of the tokens of a list: digests are compared, all of them and to their end.
 * Throws StageError `invalid_argument` for a list that is empty or has an empty token, as one made of unset variables would.
 */
export function bearerCheck(tokens: Tokens): BearerCheck {
  const isTaken = typeof tokens === "function" ? tokens : listed(tokens);
  return async function check(token, request) {
    if (token === undefined) throw new StageError("unauthenticated", "This server takes calls with a bearer token only: send it in the header authorization.", { reason: "no-token" });
    if (!(await isTaken(token, request))) throw new StageError("unauthenticated", "The bearer token is not one that this server takes.", { reason: "bad-token" });
  };
}

/** The token in the value of an `authorization` header, undefined where there is none. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return /^bearer +([\w.~+/-]+=*) *$/i.exec(authorization ?? "")?.[1];
}

/** The header of a 401 that says what is wanted. */
export function bearerChallenge(error: Pick<StageError, "reason">): Readonly<Record<string, string>> {
  return { "www-authenticate": error.reason === "bad-token" ? 'Bearer error="invalid_token"' : "Bearer" };
}

function listed(tokens: readonly string[]): (token: string) => Promise<boolean> {
  if (tokens.length === 0 || !tokens.every((token) => typeof token === "string" && token.trim() !== "")) {
    throw new StageError("invalid_argument", "tokens: give at least one token, and none that is empty; is the variable that should hold it set?");
  }
  const digests = Promise.all(tokens.map((token) => digest(token)));
  return async (token) => {
    const given = await digest(token);
    let isFound = false;
    for (const known of await digests) isFound = isSame(known, given) || isFound;
    return isFound;
  };
}

async function digest(token: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token)));
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  let difference = 0;
  for (const [index, byte] of one.entries()) difference |= byte ^ (other[index] as number);
  return difference === 0;
}
