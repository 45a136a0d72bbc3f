import type { OutputStream, StandardSchema, Stream, Unary } from "@iftk/core";
import { expectTypeOf, test } from "vitest";
import { z } from "zod";
import type { ChatRequest } from "../chat.js";
import type { Part, RevisablePart } from "../part.js";
import { messagesToObject, object, type DeepPartial, type MessagesToObject, type ObjectPart } from "./index.js";

declare const chat: OutputStream<ChatRequest, Part>;
declare const revisable: OutputStream<ChatRequest, RevisablePart>;
declare const request: ChatRequest;
declare const untold: StandardSchema<unknown, { name: string }>;

const schema = z.object({ name: z.string(), kind: z.enum(["dog", "cat"]), tags: z.array(z.object({ label: z.string(), weight: z.number().optional() })), born: z.string().transform((text) => new Date(text)) });

test("the object has the type that the schema gives, and what is shown of it the type that the schema takes", () => {
  const stage = messagesToObject({ chat, schema });
  expectTypeOf(stage).toEqualTypeOf<MessagesToObject<z.output<typeof schema>, z.input<typeof schema>>>();
  expectTypeOf(stage(request)).toEqualTypeOf<Stream<ObjectPart<z.output<typeof schema>, z.input<typeof schema>>>>();
  type Given = Extract<ObjectPart<z.output<typeof schema>, z.input<typeof schema>>, { type: "object" }>["object"];
  expectTypeOf<Given["born"]>().toEqualTypeOf<Date>();
  expectTypeOf(object({ chat: revisable, schema })).toEqualTypeOf<Unary<ChatRequest, z.output<typeof schema>>>();
});

test("a partial object may lack any member, and its texts may be unfinished", () => {
  expectTypeOf<DeepPartial<z.input<typeof schema>>>().toEqualTypeOf<{
    readonly name?: string;
    readonly kind?: string;
    readonly tags?: readonly { readonly label?: string; readonly weight?: number | undefined }[];
    readonly born?: string;
  }>();
  expectTypeOf<DeepPartial<unknown>>().toEqualTypeOf<unknown>();
  expectTypeOf<DeepPartial<"a" | 5 | null>>().toEqualTypeOf<string | 5 | null>();
});

test("a schema whose input is not known gives partial objects that are not known", () => {
  const stage = messagesToObject({ chat, schema: untold });
  expectTypeOf(stage).toEqualTypeOf<MessagesToObject<{ name: string }>>();
});

test("a stage that is no chat model, and a mode that there is not, are refused", () => {
  // @ts-expect-error -- it takes texts
  expectTypeOf(messagesToObject({ chat: {} as OutputStream<string, Part>, schema })).not.toBeAny();
  // @ts-expect-error -- there is no such mode
  expectTypeOf(messagesToObject({ chat, schema, mode: "magic" })).not.toBeAny();
});
