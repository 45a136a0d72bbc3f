/** The object without the fields that are undefined, which would hide what stands in other objects that it is put over. */
export function defined<T extends object>(value: T): { [Name in keyof T]: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as { [Name in keyof T]: Exclude<T[Name], undefined> };
}
