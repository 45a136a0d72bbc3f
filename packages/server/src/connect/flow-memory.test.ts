import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { credentials, Metadata, type ClientDuplexStream } from "@grpc/grpc-js";
import type { Stream } from "@iftk/core";
import { defineModel, implement } from "@iftk/core/task";
import { turns } from "@iftk/testing";
import { afterAll, expect, it } from "vitest";
import { clientOf, definitionOf, type ShoutClient, type Word } from "./fixtures/grpc-client.js";
import { serveConnect } from "./fixtures/serve-connect.js";
import { loud, shout } from "./fixtures/shout.js";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Bytes in use, of both ends of the exchange. */
async function used(): Promise<number> {
  collectGarbage();
  await turns(5); // buffers are freed after the collection that found them
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const count = 10_000;
const size = 1000;
/** What the messages of one exchange weigh, in one direction. */
const weight = count * size;

/** A text that begins with a number and shares its memory with no other. */
function textOf(number: number): string {
  return Buffer.from(`${number} `.padEnd(size, "x")).toString();
}

/** Pauses after every five hundredth message. */
async function* slowly<T>(values: Stream<T>): Stream<T> {
  let seen = 0;
  for await (const value of values) {
    yield value;
    if (++seen % 500 === 0) await turns(20);
  }
}

const patient = defineModel({
  id: "patient",
  tasks: [
    implement(shout, {
      bidi: async function* patient(texts) {
        for await (const text of slowly(texts)) yield { word: text, length: text.length };
      },
    }),
  ],
});

const server = await serveConnect({ models: [loud, patient] });
// Of itself this client takes a mebibyte of each call ahead of the connection.
const client = clientOf<ShoutClient>(definitionOf(server.routes.files), "caikit.runtime.Test.TestService", server.authority, credentials.createInsecure(), { "grpc.per_rpc_retry_buffer_size": 0 });
afterAll(async () => {
  client.close();
  await server[Symbol.asyncDispose]();
});

/** Sends all messages as fast as the call takes them. */
function send(call: ClientDuplexStream<object, Word>, messages: number): void {
  let sent = 0;
  const more = (): void => {
    while (sent < messages) {
      sent += 1;
      if (!call.write({ text_stream: textOf(sent) })) return void call.once("drain", more);
    }
    call.end();
  };
  more();
}

/** The greatest growth of memory in an exchange, measured ten times on its way, and the messages that came back in their order. */
async function exchange(model: string, read: (call: Stream<Word>) => Stream<Word>, messages: number): Promise<{ readonly growth: number; readonly received: number }> {
  const metadata = new Metadata();
  metadata.set("mm-model-id", model);
  const before = await used();
  const call = client.BidiStreamingShoutTaskPredict(metadata);
  send(call, messages);
  let growth = 0;
  let received = 0;
  for await (const { word } of read(call)) {
    if (!word.startsWith(`${received + 1} `)) break;
    received += 1;
    if (received % (messages / 10) === 0) growth = Math.max(growth, (await used()) - before);
  }
  return { growth, received };
}

it.each([
  ["the client reads slowly", "loud", slowly],
  ["the model reads slowly", "patient", (call: Stream<Word>) => call],
] as const)("memory stays flat over 10,000 messages of a bidi call where %s", async (_name, model, read) => {
  await exchange(model, read, count / 10); // what is compiled and cached once
  const { growth, received } = await exchange(model, read, count);
  expect([received, growth < weight / 3 ? "flat" : growth]).toEqual([count, "flat"]);
}, 90_000);
