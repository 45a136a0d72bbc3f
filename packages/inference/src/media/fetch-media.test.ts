import type { lookup } from "node:dns";
import type { StageError } from "@iftk/core";
import { countedAbort, turns } from "@iftk/testing";
import { describe, expect, it } from "vitest";
import { serve } from "../http/fixtures/serve.js";
import { request } from "../http/request.js";
import { base64Of, bytesOf } from "./bytes-of.js";
import { fetchMedia } from "./fetch-media.js";
import { guardedAgent, publicLookup } from "./guarded-agent.js";

const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0]);
const failureOf = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => "no failure", (error: unknown) => error);
const privateAddress = { code: "permission_denied", reason: "private-address" };
const allowPrivate = true;

describe("fetchMedia", () => {
  it("gives the bytes and what they show, whatever the server says", async () => {
    await using server = await serve((incoming, outgoing) => {
      outgoing.setHeader("content-type", incoming.url === "/text" ? "text/csv; charset=utf-8" : "application/octet-stream");
      outgoing.end(incoming.url === "/text" ? "a,b" : png);
    });
    const image = await fetchMedia(`${server.url}/image`, { allowPrivate });
    expect([Buffer.from(image.data).equals(png), image.mediaType, (await fetchMedia(`${server.url}/text`, { allowPrivate })).mediaType]).toEqual([true, "image/png", "text/csv"]);
  });

  it.each(["http://127.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f.1/", "http://017700000001/", "http://0/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "http://10.0.0.1/", "http://localhost/", "http://LOCALHOST:80/"])("asks nothing at %s", async (url) => {
    expect(await failureOf(fetchMedia(url))).toMatchObject(privateAddress);
  });

  it("checks every hop of a redirect", async () => {
    await using server = await serve((incoming, outgoing) => void outgoing.writeHead(302, { location: incoming.url === "/first" ? "/second" : "http://user:secret@host/" }).end());
    const failure = (await failureOf(fetchMedia(`${server.url}/first`, { allowPrivate }))) as StageError;
    expect([failure.code, failure.message.includes("secret")]).toEqual(["invalid_argument", false]);
  });

  it("makes no connection to a name that leads to a private address", async () => {
    await using server = await serve((_, outgoing) => void outgoing.end(png));
    const dispatcher = guardedAgent();
    expect(await failureOf(request({ provider: "p", url: server.url.replace("127.0.0.1", "localhost"), signal: undefined, dispatcher }))).toMatchObject(privateAddress);
    expect(server.connections).toBe(0);
    await dispatcher.close();
  });

  it("connects to the very address that was checked, however often the name changes where it leads", async () => {
    let asked = 0;
    const rebinding = ((_host: string, _options: object, callback: (error: null, addresses: { address: string; family: number }[]) => void) => {
      asked++;
      callback(null, [{ address: asked === 1 ? "93.184.216.34" : "127.0.0.1", family: 4 }]);
    }) as unknown as typeof lookup;
    const found: unknown[] = [];
    const look = publicLookup(rebinding);
    for (const all of [true, false]) look("host", { all }, (error, address) => found.push(error ?? address));
    look("host", { all: true }, (error) => found.push(error));
    expect(found).toEqual([[{ address: "93.184.216.34", family: 4 }], expect.objectContaining(privateAddress), expect.objectContaining(privateAddress)]);
  });

  it("refuses a name of which one address is private", () => {
    const both = ((_host: string, _options: object, callback: (error: null, addresses: { address: string; family: number }[]) => void) => callback(null, [{ address: "8.8.8.8", family: 4 }, { address: "::1", family: 6 }])) as unknown as typeof lookup;
    let failure: unknown;
    publicLookup(both)("host", {}, (error) => (failure = error));
    expect(failure).toMatchObject(privateAddress);
  });

  it("follows five redirects and no more", async () => {
    await using server = await serve((incoming, outgoing) => {
      const left = Number(incoming.url?.slice(1));
      if (left === 0) outgoing.end(png);
      else outgoing.writeHead(left % 2 ? 302 : 308, { location: `/${left - 1}` }).end();
    });
    expect((await fetchMedia(`${server.url}/5`, { allowPrivate })).mediaType).toBe("image/png");
    expect(await failureOf(fetchMedia(`${server.url}/6`, { allowPrivate }))).toMatchObject({ code: "failed_precondition", reason: "redirect" });
  });

  it.each(["ftp://host/a", "file:///etc/passwd", "nowhere", "http://user@example.com/", "http://:pass@example.com/", "javascript:alert(1)", "gopher://127.0.0.1:25/"])("refuses %s", async (url) => {
    expect(await failureOf(fetchMedia(url, { allowPrivate }))).toMatchObject({ code: "invalid_argument" });
  });

  it("reads no more than it is allowed, told or not told how much it is", async () => {
    await using server = await serve((incoming, outgoing) => {
      if (incoming.url === "/told") outgoing.setHeader("content-length", 10_000);
      const more = (): void => void (outgoing.writable && outgoing.write(Buffer.alloc(1000), more));
      more();
    });
    for (const path of ["/told", "/untold"]) expect(await failureOf(fetchMedia(server.url + path, { allowPrivate, maxBytes: 5000 }))).toMatchObject({ code: "resource_exhausted", reason: "too-large" });
    await server.closed();
  });

  it("tells what the server says against it", async () => {
    await using server = await serve((_, outgoing) => void outgoing.writeHead(404).end("gone"));
    expect(await failureOf(fetchMedia(server.url, { allowPrivate }))).toMatchObject({ code: "not_found" });
  });

  it("gives up in time, hears an abort, and leaves neither socket nor listener", async () => {
    await using server = await serve((_, outgoing) => void outgoing.write("so far"));
    expect(await failureOf(fetchMedia(server.url, { allowPrivate, maxWait: 20 }))).toMatchObject({ code: "deadline_exceeded", reason: "timeout" });
    await server.closed();
    const abort = countedAbort();
    const failure = failureOf(fetchMedia(server.url, { allowPrivate, signal: abort.signal }));
    while (server.open.size === 0) await turns();
    abort.abort("enough");
    expect([await failure, abort.listeners]).toEqual(["enough", 0]);
    await server.closed();
  });

  it("reads data URLs", async () => {
    expect(await fetchMedia("data:image/png;base64,aGk=")).toMatchObject({ data: Uint8Array.from([0x68, 0x69]), mediaType: "image/png" });
    expect(await fetchMedia("data:text/plain,a%20%FF")).toMatchObject({ data: Uint8Array.from([0x61, 0x20, 0xff]), mediaType: "text/plain" });
    expect(await failureOf(fetchMedia("data:nothing"))).toMatchObject({ code: "invalid_argument" });
    expect(await failureOf(fetchMedia(`data:,${"a".repeat(100)}`, { maxBytes: 50 }))).toMatchObject({ reason: "too-large" });
  });
});

describe("bytesOf and base64Of", () => {
  it("give each form of a medium in the other", async () => {
    const bytes = Uint8Array.from([0xfb, 0xff, 0xfe]);
    const mediaType = "image/png";
    expect([
      await bytesOf({ data: bytes, mediaType }),
      Buffer.from((await bytesOf({ data: "-__-", mediaType })).bytes),
      Buffer.from((await bytesOf({ url: "data:image/png;base64,+//+" })).bytes),
      await base64Of({ data: bytes.subarray(1), mediaType }),
      await base64Of({ url: "data:image/gif;base64,+//+", mediaType }),
    ]).toEqual([{ bytes, mediaType }, Buffer.from(bytes), Buffer.from(bytes), { base64: "//4=", mediaType }, { base64: "+//+", mediaType }]);
  });

  it.each(["a", "ab=c", "a b c d", "????", "abc=====", "päd="])("refuse %j, which is no base64", async (data) => {
    expect(await failureOf(bytesOf({ data, mediaType: "image/png" }))).toMatchObject({ code: "invalid_argument" });
  });

  it("refuse what is too large", async () => {
    expect(await failureOf(bytesOf({ data: "aaaaaaaa", mediaType: "image/png" }, { maxBytes: 5 }))).toMatchObject({ reason: "too-large" });
  });
});
