import { compressionAlgorithms, Metadata, status } from "@grpc/grpc-js";
import { collect } from "@iftk/core";
import { turns } from "@iftk/testing";
import { afterAll, describe, expect, it } from "vitest";
import { clientOf, definitionOf, type ShoutClient, type Word } from "./fixtures/grpc-client.js";
import { serveConnect } from "./fixtures/serve-connect.js";
import { state } from "./fixtures/shout.js";

const server = await serveConnect();
const client = clientOf<ShoutClient>(definitionOf(server.routes.files), "caikit.runtime.Test.TestService", server.authority);
afterAll(async () => {
  client.close();
  await server[Symbol.asyncDispose]();
});

const on = (model: string): Metadata => {
  const metadata = new Metadata();
  metadata.set("mm-model-id", model);
  return metadata;
};
const predict = (request: object, metadata = on("loud"), options: object = {}) =>
  new Promise<unknown>((resolve) => {
    client.ShoutTaskPredict(request, metadata, options, (error, answer) => resolve(error ? { code: status[error.code], details: error.details } : answer));
  });

describe("a gRPC client of another make, with the printed proto files", () => {
  it("calls a task in all four modes", async () => {
    const unary = await predict({ text: "a bc", mark: "?" });
    const stream = await collect(client.ServerStreamingShoutTaskPredict({ text: "a bc" }, on("old-loud")));
    const joined = await new Promise((resolve, reject) => {
      const call = client.ClientStreamingShoutTaskPredict(on("loud"), (error, answer) => (error ? reject(error) : resolve(answer)));
      call.write({ text_stream: "a", mark: "." });
      call.write({ text_stream: "bc" });
      call.end();
    });
    const call = client.BidiStreamingShoutTaskPredict(on("loud"));
    call.write({ mark: "~" });
    call.write({ text_stream: "a" });
    const both: Word[] = [];
    for await (const word of call) {
      both.push(word as Word);
      if (both.length === 1) call.write({ text_stream: "bc" });
      else call.end();
    }
    const marked = (mark: string): Word[] => [{ word: `A${mark}`, length: 1 }, { word: `BC${mark}`, length: 2 }];
    expect([unary, stream, joined, both]).toEqual([{ words: marked("?") }, marked("!"), { words: marked(".") }, marked("~")]);
  });

  it("gets the headers of a bidi call before it has sent anything", async () => {
    const call = client.BidiStreamingShoutTaskPredict(on("loud"));
    const metadata = await new Promise<Metadata>((resolve) => call.once("metadata", resolve));
    expect(metadata.get("content-type")).toEqual(["application/grpc+proto"]);
    call.end();
    expect(await collect(call)).toEqual([]);
  });

  it.each([
    ["an unknown model", { text: "a" }, "other", {}, "NOT_FOUND", 'there is no model "other"; there is loud, silent, endless, broken'],
    ["parameters that do not fit", { text: "a", mark: "long" }, "loud", {}, "INVALID_ARGUMENT", expect.stringContaining("mark")],
    ["a deadline", { text: "a" }, "silent", { deadline: Date.now() + 100 }, "DEADLINE_EXCEEDED", expect.anything()],
    ["a deadline further away than a timer reaches", { text: "a" }, "loud", { deadline: Date.now() + 2 ** 32 }, "INVALID_ARGUMENT", expect.stringContaining("timeout")],
    ["an error of the model", { text: "fail" }, "broken", {}, "RESOURCE_EXHAUSTED", "Too many words."],
    ["an error with a secret", { text: "secret" }, "broken", {}, "UNKNOWN", "The stage failed on the server."],
    ["a value that the message cannot carry", { text: "wrong" }, "broken", {}, "INTERNAL", expect.stringContaining("Word.length")],
    ["a message that is too large", { text: "a".repeat(5_000_000) }, "loud", {}, "RESOURCE_EXHAUSTED", expect.stringContaining("4194304")],
  ])("gets the code of %s", async (_name, request, model, options, code, details) => {
    expect(await predict(request, on(model), options)).toEqual({ code, details });
  });

  it("gets the error of a stream after the values before it", async () => {
    const call = client.BidiStreamingShoutTaskPredict(on("broken"));
    call.write({ text_stream: "a" });
    call.write({ mark: "late" });
    const words: unknown[] = [];
    await expect((async () => {
      for await (const word of call) words.push(word);
    })()).rejects.toMatchObject({ code: status.INVALID_ARGUMENT, details: "shout: message 2: only the first message of a stream carries model and parameters" });
    expect(words).toEqual([{ word: "a", length: 1 }]);
  });

  it("streams messages that are compressed", async () => {
    const compressing = clientOf<ShoutClient>(definitionOf(server.routes.files), "caikit.runtime.Test.TestService", server.authority, undefined, { "grpc.default_compression_algorithm": compressionAlgorithms.gzip });
    const call = compressing.BidiStreamingShoutTaskPredict(on("loud"));
    for (const text of ["a".repeat(2000), "b"]) call.write({ text_stream: text });
    call.end();
    expect(await collect(call)).toEqual([{ word: `${"A".repeat(2000)}!`, length: 2000 }, { word: "B!", length: 1 }]);
    compressing.close();
  });

  it("gets the results of the messages before one that is too large", async () => {
    const call = client.BidiStreamingShoutTaskPredict(on("loud"));
    for (const text of ["a", "b", "c".repeat(5_000_000)]) call.write({ text_stream: text });
    const words: unknown[] = [];
    await expect((async () => {
      for await (const word of call) words.push((word as Word).word);
    })()).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED, details: expect.stringContaining("4194304") });
    expect(words).toEqual(["A!", "B!"]);
  });

  it("ends the run on the server when it cancels", { retry: 3 }, async () => {
    const before = { ...state };
    const call = client.BidiStreamingShoutTaskPredict(on("silent"));
    call.on("error", () => {});
    call.write({ text_stream: "a" });
    while (state.started === before.started) await turns();
    const start = performance.now();
    call.cancel();
    while (state.closed === before.closed) await turns();
    expect(performance.now() - start).toBeLessThan(50);
  });

  it("is told at once when the server ends a call that it still sends to", { retry: 3 }, async () => {
    const call = client.BidiStreamingShoutTaskPredict(on("loud"));
    call.write({ mark: "far too long" });
    const start = performance.now();
    await expect(collect(call)).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
    expect(performance.now() - start).toBeLessThan(50);
  });

  it("exchanges 10,000 messages in order", async () => {
    const call = client.BidiStreamingShoutTaskPredict(on("loud"));
    let sent = 0;
    const send = (): void => {
      while (sent < 10_000 && call.write({ text_stream: `${sent++}` }));
      if (sent === 10_000) call.end();
    };
    call.on("drain", send);
    send();
    let received = 0;
    for await (const word of call) {
      if ((word as Word).word !== `${received}!`) break;
      received += 1;
    }
    expect(received).toBe(10_000);
  });
});
