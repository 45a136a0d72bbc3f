import process from "node:process";
import { afterEach, expect, test, vi } from "vitest";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

test("the server gives the page with headers that let nothing else in, and goes on SIGTERM", async () => {
  const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  vi.stubEnv("PORT", "0");
  const server = import("./server.js");
  const url = await Promise.race([vi.waitUntil(() => /http:\/\/[\w.:]+/.exec(String(write.mock.calls[0]?.[0]))?.[0]), server.then(() => "none")]);
  const get = async (path: string, method = "GET") => {
    const answer = await fetch(`${url}${path}`, { method });
    return { status: answer.status, type: answer.headers.get("content-type"), policy: answer.headers.get("content-security-policy")?.includes("default-src 'none'"), text: (await answer.text()).slice(0, 15) };
  };
  expect(await get("/")).toEqual({ status: 200, type: "text/html; charset=utf-8", policy: true, text: "<!doctype html>" });
  expect(await get("/capture.mjs", "HEAD")).toEqual({ status: 200, type: "text/javascript; charset=utf-8", policy: true, text: "" });
  expect(await get("/..%2fserver.ts")).toEqual({ status: 404, type: "text/plain", policy: true, text: "not found\n" });
  expect(await get("/", "POST")).toEqual({ status: 405, type: "text/plain", policy: true, text: "only GET and HE" });
  process.emit("SIGTERM");
  await server;
  await expect(fetch(url)).rejects.toThrow("fetch failed");
});
