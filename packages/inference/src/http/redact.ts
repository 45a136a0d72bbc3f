/** Keeps keys out of messages. */
import { Buffer } from "node:buffer";

const keyLike = /\b(?:(?:sk|pk|rk|key|hf|r8|gh[pousr]|xox[abprs])[-_]|AKIA|AIza)[\w*.-]{12,}/g;
const credentials = /\b(Bearer|Basic|Token)\s+[\w.~+/=*-]{8,}/gi;
const named = /((?:api[-_ ]?key|access[-_ ]?token|secret|password|authorization)["']?(?:\s+provided)?\s*[:=]\s*["']?)[^\s"',;&]+/gi;

const mark = "[redacted]";

/**
 * The text with `[redacted]` in the place of the secrets, as they are, in a URL or in base64, and of what looks like a key.
 *
 * A secret shorter than four characters is not looked for: it would take words apart.
 */
export function redact(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  for (const form of formsOf(secrets)) clean = clean.replaceAll(form, mark);
  return clean.replace(credentials, `$1 ${mark}`).replace(named, `$1${mark}`).replace(keyLike, mark);
}

/** The ways to write the secrets, the longest first, so that none is cut by another that it holds. */
function formsOf(secrets: readonly string[]): string[] {
  const forms = secrets.filter((secret) => secret.length >= 4).flatMap((secret) => [secret, encodeURIComponent(secret.toWellFormed()), ...inBase64(secret)]);
  return [...new Set(forms)].sort((a, b) => b.length - a.length);
}

/** What base64 makes of a secret at each of the three places where it can stand in a longer text: the characters that it alone decides. */
function inBase64(secret: string): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const bytes = Buffer.from(" ".repeat(offset) + secret, "utf8");
    const first = Math.ceil((offset * 8) / 6);
    const last = Math.floor((bytes.length * 8) / 6);
    return (["base64", "base64url"] as const).map((alphabet) => bytes.toString(alphabet).slice(first, last)).filter((form) => form.length >= 6);
  });
}
