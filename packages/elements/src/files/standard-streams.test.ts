import { spawn } from "node:child_process";
import { PassThrough, Writable } from "node:stream";
import { collect } from "@iftk/core";
import { feed, hang, tracked, turns } from "@iftk/testing";
import { describe, expect, test } from "vitest";
import { consoleElement, stdinElement, stdoutElement } from "../index.js";

const call = { signal: new AbortController().signal };

/** A stream that keeps what is written; as a terminal if it is to be one. */
function kept({ isTTY = false, highWaterMark = 16 } = {}): Writable & { readonly text: string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    highWaterMark,
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return Object.defineProperties(stream, { text: { get: () => Buffer.concat(chunks).toString() }, isTTY: { value: isTTY } }) as Writable & { text: string };
}

describe("stdout", () => {
  test("writes what comes as it is", async () => {
    const output = kept();
    await stdoutElement(output)()(feed<unknown>("a\u001b", new TextEncoder().encode("é"), { b: 1 }), call);
    expect([output.text, output.listenerCount("error")]).toEqual(['a\u001bé{"b":1}\n', 0]);
  });

  test("waits for a reader that is slow", async () => {
    const output = new PassThrough({ highWaterMark: 1 });
    const source = tracked(feed("aa", "bb", "cc"));
    const writing = stdoutElement(output)()(source, call);
    await turns(5);
    expect(source.pulled).toBeLessThan(3);
    output.resume();
    await writing;
    expect(source.closed).toBe(1);
  });

  test.each([
    ["stdout", (output: Writable) => stdoutElement(output)()],
    ["console", (output: Writable) => consoleElement(output)()],
  ] as const)("%s ends quietly when its reader goes away, and leaves its input", async (_, sinkOf) => {
    const source = tracked(hang("a", "b", "c"));
    const child = spawn(process.execPath, ["-e", "process.stdin.once('data', () => process.exit())"], { stdio: ["pipe", "ignore", "inherit"] });
    child.stdin.on("error", () => {});
    const left = new Promise((resolve) => child.once("exit", resolve));
    const input = async function* (): AsyncGenerator<string> {
      for await (const value of source) {
        yield value;
        await left;
      }
    };
    await sinkOf(child.stdin)(input(), call);
    expect(source.closed).toBe(1);
  });

  test("tells of any other failure", async () => {
    const output = new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error("disk"), { code: "ENOSPC" })) });
    await expect(stdoutElement(output)()(feed("a"), call)).rejects.toThrow("the output cannot be written: ENOSPC");
  });

  test("hears an abort while its input hangs", async () => {
    const controller = new AbortController();
    const writing = stdoutElement(kept())()(hang("a"), { signal: controller.signal });
    writing.catch(() => {});
    await turns(2);
    controller.abort(new Error("enough"));
    await expect(writing).rejects.toThrow("enough");
  });
});

describe("console", () => {
  test("shows characters that come in pieces of bytes, and what was cut off", async () => {
    const [one, other] = [kept(), kept()];
    await consoleElement(one)()(feed(new Uint8Array([0x61, 0xc3]), new Uint8Array([0xa9]), new Uint8Array([0xc3])), call);
    await consoleElement(other)()(feed<unknown>(new Uint8Array([0xc3]), "b"), call);
    expect([one.text, other.text]).toEqual(["aé\uFFFD\n", "\uFFFDb\n"]);
  });

  test("ends each text as it is told, and all of it in a new line", async () => {
    const [one, other] = [kept(), kept()];
    await consoleElement(one)({ end: "\n" })(feed<unknown>("a", 1, "b"), call);
    await consoleElement(other)()(feed("a", "b"), call);
    expect([one.text, other.text]).toEqual(["a\n1\nb\n", "ab\n"]);
  });

  test("writes nothing for nothing", async () => {
    const output = kept();
    await consoleElement(output)()(feed(), call);
    expect(output.text).toBe("");
  });

  test("shows control characters on a terminal rather than obey them, and passes them on elsewhere", async () => {
    const [terminal, pipe] = [kept({ isTTY: true }), kept()];
    const given = "a\u001b]0;title\u0007\tb\r\nc\rd\u009b";
    await consoleElement(terminal)()(feed(given), call);
    await consoleElement(pipe)()(feed(given), call);
    expect([terminal.text, pipe.text]).toEqual(["a␛]0;title␇\tb\r\nc␍d\uFFFD\n", `${given}\n`]);
  });

  test("has no colours where there is no terminal", async () => {
    const output = kept();
    await consoleElement(output)({ color: "red" })(feed("a"), call);
    expect(output.text).toBe("a\n");
  });
});

describe("stdin", () => {
  test("gives text as it comes, also where a character is cut", async () => {
    const input = new PassThrough();
    const output = stdinElement(input)()(call)[Symbol.asyncIterator]();
    input.write(Buffer.from([0x61, 0xc3]));
    expect((await output.next()).value).toBe("a");
    input.end(Buffer.from([0xa9]));
    expect([await output.next(), await output.next()]).toEqual([{ done: false, value: "é" }, { done: true, value: undefined }]);
  });

  test("is given back when it is left or aborted while nobody types", async () => {
    const [left, aborted] = [new PassThrough(), new PassThrough()];
    const output = stdinElement(left)()(call)[Symbol.asyncIterator]();
    void output.next();
    await turns();
    await output.return?.();
    const controller = new AbortController();
    const reading = collect(stdinElement(aborted)()({ signal: controller.signal }));
    await turns();
    controller.abort(new Error("enough"));
    await expect(reading).rejects.toThrow("enough");
    expect([left.destroyed, aborted.destroyed]).toEqual([true, true]);
  });
});
