import { expectTypeOf, test } from "vitest";
import { z } from "zod";
import type { MessagesToObject } from "../structured/messages-to-object.js";
import type { ModelRouter } from "./model-router.js";

test("an object has the type that its schema gives, and its parts that of what the schema takes", () => {
  const schema = z.object({ legs: z.string().transform(Number) });
  const ask = (router: ModelRouter) => router.messagesToObject("fox", schema);
  expectTypeOf<ReturnType<typeof ask>>().toEqualTypeOf<MessagesToObject<{ legs: number }, { legs: string }>>();
});
