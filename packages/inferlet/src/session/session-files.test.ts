import { collect, type Stream } from "@iftk/core";
import { feed } from "@iftk/testing";
import { expect, expectTypeOf, test } from "vitest";
import type { FileMessage } from "./file-message.js";
import { inferlet, valueOf } from "./inferlet.js";
import type { Session } from "./session.js";

const file = (...bytes: number[]): FileMessage => ({ type: "file", bytes: new Uint8Array(bytes) });

test("files and messages are asked for by themselves, in any order", async () => {
  const program = inferlet(async (session: Session<string | FileMessage, string>) => {
    expectTypeOf(session.receive).returns.resolves.toEqualTypeOf<string | undefined>();
    const second = session.receiveFile().then(async () => session.receiveFile());
    const first = await session.receive();
    return [first, (await second)?.bytes, await session.receive(), await session.receiveFile(), await session.receive()];
  });
  expect(await valueOf(program.outcomes(feed<string | FileMessage>(file(1), "a", "b", file(2))))).toEqual(["a", new Uint8Array([2]), "b", undefined, undefined]);
});

test("iteration gives the messages, and the files can be received afterwards", async () => {
  const program = inferlet(async (session: Session<string | FileMessage, never>) => {
    const words: string[] = [];
    for await (const word of session) if (words.push(word) === 2) break;
    return [words, await session.receive(), (await session.receiveFile())?.name];
  });
  expect(await valueOf(program.outcomes(feed<string | FileMessage>("a", { ...file(1), name: "one.bin" }, "b", "c")))).toEqual([["a", "b"], "c", "one.bin"]);
});

test("files are sent as messages of their own", async () => {
  const program = inferlet(async (session: Session<never, string | FileMessage>) => {
    await session.send("here it is");
    await session.sendFile(new Uint8Array([1, 2]), { name: "pair.bin", mediaType: "application/octet-stream" });
  });
  expect(await collect(program(feed()))).toEqual(["here it is", { type: "file", bytes: new Uint8Array([1, 2]), name: "pair.bin", mediaType: "application/octet-stream" }]);
});

test("a file beyond the bound is refused both ways, and the session goes on", async () => {
  const program = inferlet(
    async (session: Session<FileMessage, FileMessage>) => {
      const sent = await session.sendFile(new Uint8Array(5)).catch((error: unknown) => error);
      const received = await session.receiveFile().catch((error: unknown) => error);
      return [sent, received, (await session.receiveFile())?.bytes];
    },
    { maxFileBytes: 4 },
  );
  const refused = expect.objectContaining({ code: "invalid_argument", reason: "too-large" }) as unknown;
  expect(await valueOf(program.outcomes(feed(file(1, 2, 3, 4, 5), file(1, 2, 3, 4))))).toEqual([refused, refused, new Uint8Array([1, 2, 3, 4])]);
});

test("a bound that makes no sense is refused", () => {
  for (const maxFileBytes of [-1, Number.NaN]) expect(() => inferlet(() => {}, { maxFileBytes })).toThrow("maxFileBytes must be a number from 0 on");
});

test("16 of one kind may come while the other is asked for, and nothing is lost when there are more", async () => {
  const files = Array.from({ length: 17 }, (_, n) => file(n));
  const program = inferlet(async (session: Session<string | FileMessage, never>) => {
    const refused = await session.receive().catch((error: unknown) => error);
    const first = await session.receiveFile();
    return [refused, first, await session.receive(), await count(session)];
  });
  const count = async (session: Session<string | FileMessage, never>): Promise<number> => {
    let found = 0;
    while (await session.receiveFile()) found++;
    return found;
  };
  const input: Stream<string | FileMessage> = feed<string | FileMessage>(...files.slice(0, 16), "a", files[16] as FileMessage);
  expect(await valueOf(program.outcomes(input))).toEqual([expect.objectContaining({ code: "resource_exhausted" }), file(0), "a", 16]);
});

test("the type of the session says whether files are among its messages", () => {
  const use = async (session: Session<string, string>): Promise<void> => {
    // @ts-expect-error it sends no files
    await session.sendFile(new Uint8Array());
    // @ts-expect-error it receives none
    await session.receiveFile();
  };
  expect(use).toBeTypeOf("function");
});
