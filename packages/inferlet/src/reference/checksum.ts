/** Sixty-four bits that differ where bytes differ, save by a rare accident: MurmurHash3 of 32 bits (Appleby, 2011) with two seeds. */

const chunkBytes = 1024 * 1024;

/** The checksum of bytes. */
export function checksum(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const sums = new DataView(new ArrayBuffer(8));
  sums.setUint32(0, murmur(bytes, 0), true);
  sums.setUint32(4, murmur(bytes, 0x9e3779b9), true);
  return new Uint8Array(sums.buffer);
}

/** The checksum of the checksums of each mebibyte, in a step for each. */
export function* fingerprint(bytes: Uint8Array): Generator<undefined, Uint8Array<ArrayBuffer>, undefined> {
  const sums = new Uint8Array(Math.ceil(bytes.length / chunkBytes) * 8);
  for (let start = 0; start < bytes.length; start += chunkBytes) {
    sums.set(checksum(bytes.subarray(start, start + chunkBytes)), (start / chunkBytes) * 8);
    yield;
  }
  return checksum(sums);
}

function murmur(bytes: Uint8Array, seed: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const words = Math.floor(bytes.length / 4) * 4;
  let hash = seed;
  for (let at = 0; at < words; at += 4) {
    hash ^= scramble(view.getUint32(at, true));
    hash = Math.imul(rotate(hash, 13), 5) + 0xe6546b64;
  }
  let rest = 0;
  for (let at = bytes.length; at > words; at--) rest = (rest << 8) | (bytes[at - 1] as number);
  hash ^= scramble(rest) ^ bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function scramble(word: number): number {
  return Math.imul(rotate(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
