/** Streams both ways over a WebSocket: by ws alone, and served by the library. */
import { createServer } from "node:http";
import { bidi } from "@iftk/core";
import type { Stream } from "@iftk/core";
import { serve, serveTasks, toNodeListener, toUpgradeListener, type Handler } from "@iftk/server";
import { taskPath } from "@iftk/wire";
import { socketProtocol, socketVersion } from "@iftk/wire/socket";
import { WebSocketServer } from "ws";
import { z } from "zod";
import { makeTokens } from "../workload/tokens.js";
import type { Suite } from "./wires-suite.js";
import { parameters, reworder, rewording, text, wordOf, type Word } from "./wires-work.js";

const path = taskPath(rewording.name, "bidi");
const maxMessageBytes = 2 ** 20;
const endless = 2 ** 31 - 1;

const request = z.object({ input: text.optional(), parameters: parameters.optional() });

/** The work of one run as whoever writes it by hand checks it: the first message carries the parameters alone. */
function rewordingRun(): (message: unknown) => Word | undefined {
  let mark = ".";
  return (message) => {
    const { input, parameters: given } = request.parse(message);
    if (given) mark = given.mark;
    return input === undefined ? undefined : wordOf(input, mark);
  };
}

/** The same frames as the library's, each answered with a message of its own. */
function plain() {
  const server = createServer({ keepAliveTimeout: 0 });
  const sockets = new WebSocketServer({ noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload: maxMessageBytes, handleProtocols: () => socketProtocol });
  server.on("upgrade", (incoming, connection, head) => {
    if (incoming.url !== `/${path}`) return void connection.destroy();
    sockets.handleUpgrade(incoming, connection, head, (socket) => {
      const run = rewordingRun();
      let id = 0;
      function hear(frame: { readonly kind: string; readonly value: unknown }): void {
        if (frame.kind === "open") return socket.send(JSON.stringify({ kind: "credit", count: endless }));
        const value = run(frame.value);
        if (value) socket.send(JSON.stringify({ kind: "value", id: ++id, value }));
      }
      socket.on("error", () => {}); // "close" follows
      socket.on("message", (data: Buffer) => {
        try {
          hear(JSON.parse(data.toString()) as never);
        } catch {
          socket.close(1008);
        }
      });
    });
  });
  return server;
}

function listening(handler: Handler) {
  return createServer({ keepAliveTimeout: 0 }, toNodeListener(handler)).on("upgrade", toUpgradeListener(handler));
}

const byHand = bidi(async function* rewordAll(messages: Stream<unknown>) {
  const run = rewordingRun();
  for await (const message of messages) {
    const value = run(message);
    if (value) yield value;
  }
});

export const socket: Suite = {
  plain: { name: "ws", open: plain },
  implementations: {
    stage: () => listening(serve({ [path]: byHand }, { maxRuns: Infinity })),
    task: () => listening(serveTasks({ tasks: [rewording], models: [reworder], maxRuns: Infinity })),
  },
  exchanges: (messages) => {
    const tokens = makeTokens(messages);
    const drive = {
      wire: "WebSocket",
      path: `/${path}`,
      protocol: socketProtocol,
      opening: JSON.stringify({ kind: "open", version: socketVersion, credit: endless }),
      head: JSON.stringify({ parameters: { mark: "!" } }),
      values: tokens.map((input) => JSON.stringify({ input })),
    } as const;
    const answers = tokens.map((token) => JSON.stringify(wordOf(token, "!")));
    return [
      { name: "bidi, one by one", messages, drive: { ...drive, burst: 1 }, answers },
      { name: "bidi, bursts of 32", messages, drive: { ...drive, burst: 32 }, answers },
    ];
  },
};
