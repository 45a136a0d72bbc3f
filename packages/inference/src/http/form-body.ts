/** Forms with files as bytes. */
import { randomUUID } from "node:crypto";

/**
 * The form as multipart/form-data, by the HTML standard's "multipart form data encoding algorithm".
 * Files are not read before it is.
 */
export function formBody(form: FormData): Blob {
  const boundary = `----form-${randomUUID()}`;
  const parts = [...form].flatMap(([name, value]) => {
    const start = `--${boundary}\r\nContent-Disposition: form-data; name="${escapeName(name)}"`;
    if (typeof value === "string") return [`${start}\r\n\r\n${value.replace(/\r\n|\r|\n/g, "\r\n")}\r\n`];
    return [`${start}; filename="${escapeName(value.name)}"\r\nContent-Type: ${value.type || "application/octet-stream"}\r\n\r\n`, value, "\r\n"];
  });
  return new Blob([...parts, `--${boundary}--\r\n`], { type: `multipart/form-data; boundary=${boundary}` });
}

const escapeName = (name: string): string => name.replace(/\r\n|\r|\n/g, "%0D%0A").replaceAll('"', "%22");
