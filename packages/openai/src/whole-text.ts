/** A body that is read whole. */
import { forEach, from, StageError } from "@iftk/core";

/** The text of a body. Throws StageError `resource_exhausted`, reason `too-large`, beyond so many bytes: 32 MiB by default. */
export async function wholeText(provider: string, body: ReadableStream<Uint8Array>, maxBytes = 2 ** 25): Promise<string> {
  const decoder = new TextDecoder();
  const texts: string[] = [];
  let size = 0;
  await forEach(from(body), (bytes) => {
    size += bytes.length;
    if (size > maxBytes) throw new StageError("resource_exhausted", `${provider}: the reply is longer than ${maxBytes} bytes`, { reason: "too-large" });
    texts.push(decoder.decode(bytes, { stream: true }));
  });
  return texts.join("") + decoder.decode();
}
