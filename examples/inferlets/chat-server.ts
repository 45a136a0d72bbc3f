/** An endpoint for clients of OpenAI's chat completions: each reply is a program of its own, which ends when its client leaves. */
import { randomUUID } from "node:crypto";
import { collect, from, map, toReadableStream } from "@iftk/core";
import { Context, Model, Sampler, session } from "@iftk/inferlet";
import { inferlet, type Inferlet, type Session } from "@iftk/inferlet/session";
import { listen } from "@iftk/server";
import { z } from "zod";
import { type Example, runInferlet } from "./run-inferlet.js";

const body = z.object({
  messages: z.array(z.object({ role: z.enum(["system", "user", "assistant"]), content: z.string() })).min(1),
  max_completion_tokens: z.int().positive().default(256),
  temperature: z.number().min(0).max(2).default(0.6),
  stream: z.boolean().default(false),
});

/** A piece of a reply; the last says why it ended, and what it took. */
type Piece = { readonly text: string; readonly end?: { readonly finish_reason: "stop" | "length"; readonly usage: Readonly<Record<string, number>> } };

const reply = ({ messages, max_completion_tokens: maxTokens, temperature }: z.output<typeof body>): Inferlet<never, Piece> =>
  inferlet(async (own: Session<never, Piece>) => {
    using context = new Context(await Model.load());
    for (const { role, content } of messages) context[role](content);
    const { length } = context.cue();
    const tokens = context.generate(Sampler.topP(temperature), { maxTokens });
    for await (const text of tokens.texts()) await own.send({ text });
    const usage = { prompt_tokens: length, completion_tokens: context.length - length, total_tokens: context.length };
    await own.send({ text: "", end: { finish_reason: tokens.end?.type === "max-tokens" ? "length" : "stop", usage } });
  });
/** A piece as a server-sent event; only the last is followed by the mark of the end, so that a reply which broke off is not taken for whole. */
const eventOf = (head: object) => map(({ text, end }: Piece): Uint8Array => {
  const choices = [{ index: 0, delta: { content: text }, finish_reason: end?.finish_reason ?? null }];
  return new TextEncoder().encode(`data: ${JSON.stringify({ ...head, object: "chat.completion.chunk", choices, usage: end?.usage })}\n\n${end ? "data: [DONE]\n\n" : ""}`);
});

export const chatServer: Example = {
  about: "Serves the model at the port to whatever speaks to OpenAI's chat completions, until it is stopped.",
  input: { name: "port", value: "8080" },
  others: { reply },

  program: (port) =>
    inferlet(async ({ runtime, signal }) => {
      await using server = await listen(async (request) => {
        if (new URL(request.url).pathname !== "/v1/chat/completions") return Response.json({ error: { message: "There is only /v1/chat/completions." } }, { status: 404 });
        const { data, error } = body.safeParse(await request.json().catch(() => undefined));
        if (error) return Response.json({ error: { message: z.prettifyError(error), type: "invalid_request_error" } }, { status: 400 });
        const head = { id: `chatcmpl-${randomUUID()}`, created: Math.floor(Date.now() / 1000), model: "local" };
        const pieces = runtime.spawnStage<never, Piece>("reply", data)(from([]), { signal: request.signal });
        if (data.stream) return new Response(toReadableStream(eventOf(head)(pieces)), { headers: { "content-type": "text/event-stream" } });
        const all = await collect(pieces);
        const { finish_reason, usage } = all.at(-1)?.end ?? {};
        const choices = [{ index: 0, message: { role: "assistant", content: all.map(({ text }) => text).join("") }, finish_reason }];
        return Response.json({ ...head, object: "chat.completion", choices, usage });
      }, { port: Number(port), signal });
      await session.send(`${server.url}/v1\n`);
      await server.closed;
    }),
};

await runInferlet(import.meta.url, chatServer);
