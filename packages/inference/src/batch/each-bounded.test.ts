import { collect, from, outputStream, StageError, type OutputStream, type Stream } from "@iftk/core";
import { hang, stageLaws, turns } from "@iftk/testing";
import { describe, expect, test } from "vitest";
import type { ChatRequest } from "../chat.js";
import type { Part } from "../part.js";
import type { BatchPart } from "./batch-job.js";
import { eachBounded } from "./each-bounded.js";
import { firstText, itemOf, memoryJournal } from "./fixtures/memory-jobs.js";

const finish = { type: "finish", reason: { unified: "stop", raw: "stop" }, usage: { inputTokens: 1, outputTokens: 1 } } as const;
const asked: string[] = [];

/** Says the text again with an exclamation mark, after as many turns of the event loop as it begins with; "fail" fails. */
const chat: OutputStream<ChatRequest, Part> = outputStream(async function* chat(request: ChatRequest): Stream<Part> {
  const content = firstText(request);
  asked.push(content);
  await turns(Number.parseInt(content, 10) || 0);
  if (content === "fail") throw new StageError("unavailable", "it failed");
  yield { type: "text-delta", text: `${content}!` };
  yield finish;
});

const told = (parts: readonly BatchPart[]) => parts.map((part) => (part.type === "progress" ? [part.done, part.failed, part.total].join(" ") : `${part.id}: ${part.reply?.text ?? part.error?.code}`));

describe("eachBounded", () => {
  test("gives each result when it is there, a failure like the others", async () => {
    const items = [itemOf("a", "30 slow"), itemOf("b", "fail"), itemOf("c", "1 fast")];
    expect(told(await collect(eachBounded(chat)(from(items))))).toEqual(["b: unavailable", "1 1 3", "c: 1 fast!", "2 1 3", "a: 30 slow!", "3 1 3"]);
  });

  test("asks no more at a time than told, and reads no more items than it asks", async () => {
    let now = 0;
    let most = 0;
    const counting = outputStream(async function* counting(_: ChatRequest): Stream<Part> {
      most = Math.max(most, ++now);
      await turns(3);
      now--;
      yield finish;
    });
    let read = 0;
    const source = async function* source() {
      while (read < 20) yield itemOf(`i${read++}`);
    };
    const results = eachBounded(counting, { concurrency: 3 })(source())[Symbol.asyncIterator]();
    await results.next();
    await turns(50);
    const readByThen = read;
    for (let result = await results.next(); !result.done; result = await results.next());
    expect([most, readByThen, read]).toEqual([3, 3, 20]);
  });

  test("when it is left cancels what is asked and closes the source", async () => {
    const log: string[] = [];
    const waiting = outputStream(async function* waiting(request: ChatRequest, { signal }): Stream<Part> {
      const content = firstText(request);
      signal.addEventListener("abort", () => log.push(`${content} aborted`));
      if (content !== "a") await hang<void>()[Symbol.asyncIterator]().next();
      yield finish;
    });
    const source = async function* source() {
      try {
        for (const id of ["a", "b", "c", "d"]) yield itemOf(id);
      } finally {
        log.push("closed");
      }
    };
    for await (const part of eachBounded(waiting, { concurrency: 2 })(source())) if (part.type === "result") break;
    await turns(2);
    expect(log.sort()).toEqual(["b aborted", "closed"]);
  });

  test("fails when the source does, after the results that were there", async () => {
    const source = async function* source() {
      yield itemOf("a");
      await turns(5);
      throw new StageError("invalid_argument", "no more");
    };
    const found: BatchPart[] = [];
    const error: unknown = await (async () => {
      for await (const part of eachBounded(chat)(source())) found.push(part);
    })().catch((error: unknown) => error);
    expect([told(found), (error as StageError).message]).toEqual([["a: a!", "1 0 1"], "no more"]);
  });

  test("after a restart gives the replies of the journal and asks for the rest", async () => {
    const journal = memoryJournal();
    const items = [itemOf("a"), itemOf("b", "fail")];
    await collect(eachBounded(chat, { journal })(from(items)));
    asked.length = 0;
    expect([told(await collect(eachBounded(chat, { journal, concurrency: 1 })(from([...items, itemOf("c")])))), asked]).toEqual([["a: a!", "1 0 1", "b: unavailable", "2 1 2", "c: c!", "3 1 3"], ["fail", "c"]]);
  });

  test("with a journal asks for each id once", async () => {
    asked.length = 0;
    expect([told(await collect(eachBounded(chat, { journal: memoryJournal() })(from([itemOf("a"), itemOf("a", "b")])))), asked]).toEqual([["a: a!", "1 0 1"], ["a"]]);
  });

  test("refuses a concurrency that is no count", () => {
    expect(() => eachBounded(chat, { concurrency: 0 })).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  });

  stageLaws("eachBounded", { stage: () => eachBounded(chat, { concurrency: 1 }), input: ["a", "b", "c"].map((id) => itemOf(id)), readsAhead: 1 });
});
