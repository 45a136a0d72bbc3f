/** Views of an object that comes in parts. */
import { forEach, inputStream, pipe, StageError, unary, type InputStream, type Unary } from "@iftk/core";
import type { ChatRequest } from "../chat.js";
import { checkFinish } from "../check-finish.js";
import type { Finish } from "../part.js";
import { messagesToObject, type MessagesToObjectOptions } from "./messages-to-object.js";
import type { ObjectPart } from "./object-part.js";

/** An object that is complete, with what was told of it. */
export interface ObjectReply<Output> {
  readonly object: Output;
  readonly warnings: readonly string[];
  readonly finish: Finish;
}

/**
 * The object put together from its parts.
 *
 * @throws StageError `unavailable`, reason `truncated`, when the parts end without `object` and `finish`.
 */
export function objectReply<Output>(): InputStream<ObjectPart<Output>, ObjectReply<Output>> {
  return inputStream(async function objectReply(parts) {
    const warnings: string[] = [];
    let found: { readonly object: Output } | undefined;
    let finish: Finish | undefined;
    await forEach(parts, (part) => {
      if (part.type === "warning") warnings.push(part.message);
      else if (part.type === "object") found = part;
      else if (part.type === "finish") finish = part;
    });
    const last = checkFinish(finish);
    if (!found) throw new StageError("unavailable", "the parts ended without their object: they are cut off", { reason: "truncated" });
    return { object: found.object, warnings, finish: last };
  });
}

/** A stage from messages to an object: `messagesToObject`, which it throws as, without the parts. */
export function object<Output, Input = unknown>(options: MessagesToObjectOptions<Output, Input>): Unary<ChatRequest, Output> {
  const only = unary(function only({ object }: ObjectReply<Output>) {
    return object;
  });
  return pipe(messagesToObject(options), objectReply<Output>(), only);
}
