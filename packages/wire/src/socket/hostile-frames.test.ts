import { readyStream } from "@iftk/core";
import type { ReadyReader } from "@iftk/core";
import { turns } from "@iftk/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { framesIn } from "../fixtures/socket-pair.js";
import { bearerProtocol, protocolsOf, tokenOfProtocols } from "./bearer-protocol.js";
import { SocketLink } from "./socket-link.js";

/** One end of a link, of which the test is the other. */
function end(role: "client" | "server", { window = 2, maxMessageSize = 100 } = {}) {
  const sent: (string | Uint8Array)[] = [];
  const state = { isClosed: false, unread: 0, opened: 0, broken: 0 };
  const socket = { send: (message: string | Uint8Array) => void sent.push(message), close: () => void (state.isClosed = true) };
  const owner = {
    open: (): ReadyReader<unknown> => {
      state.opened++;
      return { read: () => new Promise(() => {}) };
    },
    onOpen() {},
    onSent() {},
    onReceived() {},
    onUnread: () => void state.unread++,
    onLeave() {},
    onBroken: () => void state.broken++,
  };
  const link = new SocketLink(socket, owner, { role, window, maxMessageSize });
  return { link, state, frames: () => framesIn(sent), input: readyStream(() => link.receiver)[Symbol.asyncIterator]() };
}

const open = '{"kind":"open","version":1,"credit":3}';
const malformed = { code: "invalid_argument", reason: "malformed" };

describe("a link that is sent what it should not be", () => {
  it.each([
    ["no JSON", [open, "{"], malformed],
    ["an empty text", [open, ""], malformed],
    ["nothing", [open, "null"], malformed],
    ["a number among the frames", [open, '[{"kind":"end"},7]'], malformed],
    ["a frame without a kind", [open, "{}"], malformed],
    ["a kind of another type", [open, '{"kind":{"toString":1}}'], malformed],
    ["a kind that no version knows", [open, '{"kind":"rollback"}'], { code: "unimplemented", reason: "malformed" }],
    ["a kind that every object has", [open, '{"kind":"constructor"}'], { code: "unimplemented", reason: "malformed" }],
    ["a value frame without a value", [open, '{"kind":"value","id":1}'], malformed],
    ["an error frame without an error", [open, '{"kind":"error","id":1}'], malformed],
    ["credit that is no number", [open, '{"kind":"credit","count":"1"}'], malformed],
    ["no credit", [open, '{"kind":"credit","count":0}'], malformed],
    ["negative credit", [open, '{"kind":"credit","count":-1}'], malformed],
    ["broken credit", [open, '{"kind":"credit","count":0.5}'], malformed],
    ["more credit than counts", [open, '{"kind":"credit","count":2147483648}'], malformed],
    ["a second open frame", [open, open], malformed],
    ["another frame first", ['{"kind":"credit","count":1}'], malformed],
    ["bytes first", [new Uint8Array(1)], malformed],
    ["a value that was not asked for", [open, '{"kind":"value","id":1,"value":1}'], { code: "resource_exhausted", reason: "credit" }],
    ["bytes that were not asked for", [open, new Uint8Array(1)], { code: "resource_exhausted", reason: "credit" }],
    ["a text that is too large", [open, `"${"x".repeat(100)}"`], { code: "resource_exhausted", reason: "too-large" }],
    ["bytes that are too large", [open, new Uint8Array(101)], { code: "resource_exhausted", reason: "too-large" }],
  ])("refuses %s, says so and closes", async (_name, messages, error) => {
    const { link, state, frames } = end("server");
    for (const message of messages) link.hear(message);
    await turns(2);
    expect([frames().at(-1), state]).toEqual([{ kind: "error", id: 1, error: expect.objectContaining(error) }, { isClosed: true, unread: 0, opened: 1 - Number(messages[0] !== open), broken: 1 }]);
    link.hear('{"kind":"cancel"}');
    expect(state.unread).toBe(0);
  });

  it("takes as many values as it asked for, and not one more", async () => {
    const { link, state, frames, input } = end("server");
    link.hear(open);
    const read = input.next();
    const value = '{"kind":"value","id":1,"value":0}';
    link.hear(`[${value},${value}]`);
    expect(await read).toEqual({ done: false, value: 0 });
    expect([frames()[0], state.isClosed]).toEqual([{ kind: "credit", count: 2 }, false]);
    link.hear(`[${value},${value}]`);
    expect(state.isClosed).toBe(true);
    await expect((async () => {
      while (!(await input.next()).done);
    })()).rejects.toEqual(expect.objectContaining({ code: "resource_exhausted", reason: "credit" }));
  });

  it("blames a server in other words than a client", async () => {
    const { link, frames, input } = end("client");
    link.hear("?");
    const malformedHere = expect.objectContaining({ code: "internal", reason: "malformed" }) as unknown;
    await expect(input.next()).rejects.toEqual(malformedHere);
    expect(frames()).toEqual([{ kind: "error", id: 1, error: malformedHere }]);
  });

  it("drops what was on its way when nobody reads on", async () => {
    const { link, state, frames, input } = end("server");
    link.hear(open);
    const read = input.next();
    await input.return?.();
    await read;
    for (const kind of ["value", "value", "end", "error"]) link.hear(JSON.stringify({ kind, id: 1, value: 1, error: {} }));
    await turns();
    expect([frames().at(-1), state.isClosed]).toEqual([{ kind: "cancel" }, false]);
  });

  it("survives any text", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.json(), fc.uint8Array(), fc.record({ kind: fc.constantFrom("value", "end", "error", "open", "credit", "cancel"), count: fc.integer(), value: fc.jsonValue(), error: fc.jsonValue() }).map((frame) => JSON.stringify(frame)))), (messages) => {
        const { link, state, frames } = end("server", { maxMessageSize: 10_000 });
        link.hear(open);
        for (const message of messages) link.hear(message);
        expect(state.isClosed).toBe(frames().some((frame) => (frame as { kind: string }).kind === "error"));
      }),
    );
  });
});

describe("bearerProtocol", () => {
  it("carries any bearer token through a list of subprotocols", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\w.~+/-]+=*$/), (token) => {
        const protocol = bearerProtocol(token);
        expect([/^[\w.-]+$/.test(protocol), tokenOfProtocols(`iftk.v1, ${protocol}`)]).toEqual([true, token]);
      }),
    );
  });

  it("finds no token where there is none to be read", () => {
    expect(["", "iftk.v1", "iftk.bearer.*"].map((header) => tokenOfProtocols(header))).toEqual([undefined, undefined, undefined]);
    expect(protocolsOf(" iftk.v1 ,b")).toEqual(["iftk.v1", "b"]);
    expect(() => bearerProtocol("🦊")).toThrow();
  });
});
