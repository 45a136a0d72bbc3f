import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { startProgram, type Ended } from "@iftk/pages/testing";
import { afterEach, expect, test, vi } from "vitest";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

test("the server gives the page with headers that let nothing else in, and goes on SIGTERM", async () => {
  const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  vi.stubEnv("PORT", "0");
  const server = import("./server.js");
  const url = await Promise.race([vi.waitUntil(() => /http:\/\/[\w.:]+/.exec(String(write.mock.calls[0]?.[0]))?.[0], { timeout: 30_000 }), server.then(() => "none")]);
  const get = async (path: string, method = "GET") => {
    const answer = await fetch(`${url}${path}`, { method });
    return { status: answer.status, type: answer.headers.get("content-type"), policy: answer.headers.get("content-security-policy")?.includes("default-src 'none'"), text: (await answer.text()).slice(0, 15), microphone: answer.headers.get("permissions-policy") };
  };
  const microphone = "microphone=(self)";
  expect(await get("/")).toEqual({ status: 200, type: "text/html; charset=utf-8", policy: true, text: "<!doctype html>", microphone });
  expect(await get("/capture.mjs", "HEAD")).toEqual({ status: 200, type: "text/javascript; charset=utf-8", policy: true, text: "", microphone });
  expect(await get("/..%2fserver.ts")).toEqual({ status: 404, type: "text/plain; charset=utf-8", policy: true, text: "not found\n", microphone });
  expect(await get("/", "POST")).toEqual({ status: 405, type: "text/plain; charset=utf-8", policy: true, text: "only GET and HE", microphone });
  process.emit("SIGTERM");
  await server;
  await expect(fetch(url)).rejects.toThrow("fetch failed");
});

test("a port that is taken or none is told in one line, and --help names what may be set", async () => {
  const run = (environment: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Ended> => startProgram(join(import.meta.dirname, "server.ts"), environment, args).ended;
  const other = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => other.once("listening", resolve));
  const { port } = other.address() as AddressInfo;
  const [taken, none, help] = await Promise.all([run({ PORT: String(port) }), run({ PORT: "none" }), run({}, "--help")]);
  other.close();
  expect([taken, none, help]).toEqual([
    { code: 1, stdout: "", stderr: expect.stringMatching(new RegExp(`^Port ${port} .* is taken .*\n$`)) as string },
    { code: 1, stdout: "", stderr: expect.stringMatching(/^PORT is "none".*\n$/) as string },
    { code: 0, stdout: expect.stringMatching(/ PORT .*\n {2}HOST /) as string, stderr: "" },
  ]);
});
