/** Headers of whatever make: of fetch, of an SDK, of Node, or a plain record. */

/** Headers that can be asked for one by name, or a record of them in any case. */
export type HeaderSource = { get(name: string): string | null | undefined } | Readonly<Record<string, string | readonly string[] | undefined>>;

/** The value of a header, or undefined; several values are joined by commas. */
export function headerOf(headers: HeaderSource | undefined, name: string): string | undefined {
  if (!headers) return undefined;
  if (typeof headers.get === "function") return (headers as { get(name: string): string | null | undefined }).get(name) ?? undefined;
  const found = Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1] as string | readonly string[] | undefined;
  return typeof found === "string" || found === undefined ? found : found.join(", ");
}
