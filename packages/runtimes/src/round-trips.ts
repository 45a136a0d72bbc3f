/** What is no stage and is tried as it is used: channels, systems, web streams, signals and time. */
import { collect, defineSystem, each, fork, forEach, from, fromBatches, map, open, pipe, pubSubChannel, StageError, toReadableStream } from "@iftk/core";
import { hang, tracked, turns } from "@iftk/testing/neutral";
import { answering } from "./subjects-of-ports.js";
import { deaf, letters, shout, words } from "./words.js";

/** Something that is done, what came of it, and what should have. */
export interface RoundTrip {
  readonly run: () => Promise<unknown>;
  readonly expected: unknown;
}

/** The code of a StageError, or the name of another error; "fulfilled" when there is none. */
const failureOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "fulfilled",
    (error: unknown) => (StageError.is(error) ? error.code : error instanceof Error ? error.name : String(error)),
  );

/** The round trips, by name. */
export const roundTrips: Readonly<Record<string, RoundTrip>> = {
  "a channel: write, be told, read, end, read on, and no write after": {
    async run() {
      let told = 0;
      const channel = open(words, { onReadable: () => told++ });
      await channel.write("a b");
      await turns(2);
      const read = [channel.read(), channel.read(), channel.read()];
      void channel.write("c");
      channel.end();
      const rest = await collect(channel);
      return { read, rest, told, late: await failureOf(channel.write("d")), closed: await failureOf(channel.closed) };
    },
    expected: { read: ["a", "b", undefined], rest: ["c"], told: 3, late: "failed_precondition", closed: "fulfilled" },
  },
  "a channel over a bus": {
    async run() {
      const channel = pubSubChannel(answering(), { output: "answer" });
      const heard = collect(channel);
      for (const text of ["a", "b"]) void channel.write({ type: "question", text });
      channel.end();
      return (await heard).map(({ text }) => text);
    },
    expected: ["a!", "b!"],
  },
  "a system: loaded once, unloaded after its last channel": {
    async run() {
      const log: string[] = [];
      const system = defineSystem({
        name: "greeter",
        load: () => { log.push("load"); return "hello"; },
        channel: (greeting: string) => map((name: string) => `${greeting} ${name}`),
        unload: () => void log.push("unload"),
      });
      for (const channel of await Promise.all([system.open(), system.open()])) {
        void channel.write("you");
        channel.end();
        log.push(...(await collect(channel)));
        await channel.close();
      }
      await turns(2);
      return log;
    },
    expected: ["load", "hello you", "unload", "hello you"],
  },
  "the branches of a fork have the same values": {
    async run() {
      return Promise.all(fork(3, { buffer: 8 })(letters("abc")).map((branch) => collect(branch)));
    },
    expected: [["a", "b", "c"], ["a", "b", "c"], ["a", "b", "c"]],
  },
  "a response whose body is a stream": {
    run: () => new Response(toReadableStream(pipe(letters, map((letter: string) => new TextEncoder().encode(`${letter}é`)))("ab"))).text(),
    expected: "aébé",
  },
  "a ReadableStream that is cancelled closes its source": {
    async run() {
      const source = tracked(hang("a", "b"));
      const reader = toReadableStream(from(source)).getReader();
      const first = await reader.read();
      await reader.cancel();
      return [first.value, source.opened, source.closed];
    },
    expected: ["a", 1, 1],
  },
  "a signal that times out is the reason": {
    run: () => failureOf(deaf("a", { signal: AbortSignal.timeout(1) })),
    expected: "TimeoutError",
  },
  "a deadline that passes": {
    run: () => failureOf(deaf("a", { deadline: Date.now() + 1 })),
    expected: "deadline_exceeded",
  },
  "a long ready run lets timers fire": {
    async run() {
      let hasFired = false;
      let sum = 0;
      setTimeout(() => (hasFired = true), 0);
      const batches = Array.from({ length: 400 }, (_, index) => Array.from({ length: 256 }, () => index));
      const stage = pipe(map((n: number) => n + 1), map((n: number) => n - 1));
      await forEach(stage(fromBatches(batches)), (n) => void (sum += n));
      return { hasFired, sum };
    },
    expected: { hasFired: true, sum: 256 * 399 * 200 },
  },
  "each with ahead keeps four calls going": {
    run: async () => (await collect(each(shout, { ahead: 4 })(letters("abcdefgh")))).join(""),
    expected: "ABCDEFGH",
  },
};
