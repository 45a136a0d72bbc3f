import { credentials, Metadata, status } from "@grpc/grpc-js";
import { collect } from "@iftk/core";
import { afterEach, describe, expect, it } from "vitest";
import { authority, certificate } from "../fixtures/certificates.js";
import { loud, shout } from "../fixtures/shout.js";
import { listen } from "../listen.js";
import { serveTasks } from "../tasks/serve-tasks.js";
import type { TlsOptions } from "../tls-options.js";
import { connectFront } from "./connect-front.js";
import { clientOf, definitionOf, type ShoutClient } from "./fixtures/grpc-client.js";

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

/** A server with a certificate, and what becomes of calls of its clients. */
async function start(options: Partial<TlsOptions> = {}) {
  const app = serveTasks({ tasks: [shout], models: [loud], domain: "Test" });
  const front = connectFront(app);
  const server = await listen(app, { port: 0, grace: 0, front, tls: { ...(await certificate("server")), ...options } });
  open.push(() => server.close());
  const definition = definitionOf(front.files);
  return async (how: ReturnType<typeof credentials.createSsl>): Promise<unknown> => {
    const client = clientOf<ShoutClient>(definition, "caikit.runtime.Test.TestService", `localhost:${server.port}`, how);
    open.push(() => client.close());
    const unary = await new Promise((resolve) => {
      client.ShoutTaskPredict({ text: "ab" }, new Metadata(), {}, (error, answer) => resolve(error ? status[error.code] : answer));
    });
    const bidi = client.BidiStreamingShoutTaskPredict(new Metadata());
    bidi.write({ text_stream: "a" });
    bidi.end();
    return [unary, await collect(bidi).catch((error: { code: status }) => status[error.code])];
  };
}

const { ca } = authority;
const trusted = Buffer.from(ca);
const shown = async (whose: "client" | "stranger"): Promise<ReturnType<typeof credentials.createSsl>> => {
  const { key, cert } = await certificate(whose);
  return credentials.createSsl(trusted, Buffer.from(key), Buffer.from(cert));
};
const answers = [{ marks: ["A!", "B!"] }, [{ value: "A!" }]];
const refused = ["UNAVAILABLE", "UNAVAILABLE"];

describe("gRPC over TLS", () => {
  it("serves clients that trust the root of the server, and none that speak without encryption or trust another", async () => {
    const call = await start();
    expect([await call(credentials.createSsl(trusted)), await call(credentials.createInsecure()), await call(credentials.createSsl())]).toEqual([answers, refused, refused]);
  });

  it("serves only clients with a certificate of the root, where they must have one", async () => {
    const call = await start({ ca, clientCertificates: "required" });
    expect([await call(await shown("client")), await call(credentials.createSsl(trusted)), await call(await shown("stranger"))]).toEqual([answers, refused, refused]);
  });

  it("serves clients without a certificate too, where they may have one, but none with another", async () => {
    const call = await start({ ca, clientCertificates: "optional" });
    expect([await call(await shown("client")), await call(credentials.createSsl(trusted)), await call(await shown("stranger"))]).toEqual([answers, answers, refused]);
  });
});
