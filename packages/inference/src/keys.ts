/** The secrets by which providers know their customers. */
import { StageError } from "@iftk/core";

/** Keys by the name of the provider. They stay in code: no request, configuration or written pipeline holds one. */
export type Keys = Readonly<Partial<Record<string, string>>>;

export interface KeyOptions {
  /** Name of the provider, such as `openai`. */
  readonly provider: string;
  /** The environment variable that is read when neither `apiKey` nor `keys` has the key. */
  readonly variable: string;
  readonly apiKey?: string | undefined;
  readonly keys?: Keys | undefined;
}

/**
 * The key of a provider: the one that is given, or that of the keys, or that of the environment. It is asked for when a call begins.
 *
 * @throws StageError `unauthenticated`, reason `key`, that says where a key is looked for.
 */
export function keyOf({ provider, variable, apiKey, keys }: KeyOptions): string {
  const own = keys && Object.hasOwn(keys, provider) ? keys[provider] : undefined;
  const key = (apiKey ?? own ?? environment()?.[variable])?.trim();
  if (key) return key;
  throw new StageError("unauthenticated", `${provider}: there is no key; set the environment variable ${variable}, or give the engine \`apiKey\` or \`keys.${provider}\``, { reason: "key" });
}

/** The environment variable, or undefined where there is no environment or it is empty. */
export function variableOf(name: string): string | undefined {
  return environment()?.[name]?.trim() || undefined;
}

function environment(): Readonly<Record<string, string | undefined>> | undefined {
  return (globalThis as { readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> } }).process?.env;
}
