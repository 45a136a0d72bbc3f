/** Equality of values by what they hold. */

/** Whether two values hold the same: plain objects, arrays, maps, sets, dates, errors and typed arrays by content, all else by identity. */
export function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) return false;
  if (one instanceof Date && other instanceof Date) return one.getTime() === other.getTime();
  if (one instanceof Error && other instanceof Error && one.message !== other.message) return false;
  if ((one instanceof Map && other instanceof Map) || (one instanceof Set && other instanceof Set)) return one.size === other.size && isSame([...one], [...other]);
  if (ArrayBuffer.isView(one) && ArrayBuffer.isView(other)) return isSame(bytesOf(one), bytesOf(other));
  const keys = definedKeys(one);
  return keys.length === definedKeys(other).length && keys.every((key) => Object.hasOwn(other, key) && isSame(Reflect.get(one, key), Reflect.get(other, key)));
}

/** Own keys; a property that is undefined is as good as absent. */
const definedKeys = (value: object): string[] => Object.keys(value).filter((key) => Reflect.get(value, key) !== undefined);

const bytesOf = (view: ArrayBufferView): number[] => Array.from(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
