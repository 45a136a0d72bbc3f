import { expect, test } from "vitest";
import { runMain, startMain, type Running } from "../fixtures/run-main.js";

/** Serves a pipeline on a free port. */
async function served(line: string): Promise<Running & { readonly url: string }> {
  const running = startMain(["serve", line, "--port", "0"]);
  await running.shows("\n");
  return { ...running, url: /http:\S+/u.exec(running.written())?.[0] ?? "" };
}

const post = (url: string, body: unknown): Promise<Response> => fetch(`${url}/run`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

test("a pipeline is served until it is stopped: told of, run for a text, and refused what it cannot take", async () => {
  const { url, stop, ended } = await served("upper ! words");
  expect(await (await fetch(url)).json()).toEqual({ pipeline: "upper ! words", input: "text/plain", output: "text/plain", routes: { run: "POST /run", stream: "WS /stream" } });
  expect(await (await post(url, "hello world")).text()).toMatch(/data: "HELLO"\n[\s\S]*data: "WORLD"\n[\s\S]*event: end/u);
  const refused = await post(url, 5);
  expect([refused.status, await refused.json()]).toEqual([400, { error: { code: "invalid_argument", message: "the pipeline takes a text: send a JSON string" } }]);
  expect((await fetch(`${url}/nowhere`)).status).toBe(404);
  stop();
  expect(await ended).toMatchObject({ code: 130 });
});

test("a pipeline over a model takes a text, or a request", async () => {
  const { url, stop, ended } = await served("chat temperature=0 ! text");
  const [byText, byRequest] = await Promise.all(["Hello!", { messages: [{ role: "user", content: "Hello!" }] }].map(async (body) => (await post(url, body)).text()));
  expect(byText).toMatch(/data: "[\s\S]*event: end/u);
  expect(byRequest).toBe(byText);
  stop();
  await ended;
});

test("a pipeline over a stream is there for WebSockets", async () => {
  const { url, stop, ended } = await served("upper");
  const socket = new WebSocket(`${url.replace("http", "ws")}/stream`, "iftk.v1");
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve, { once: true });
    socket.addEventListener("error", reject, { once: true });
  });
  expect(socket.protocol).toBe("iftk.v1");
  socket.close();
  stop();
  await ended;
});

test("a pipeline that gives nothing, and a port that is taken, are refused", async () => {
  expect(await runMain(["serve", "upper ! console"])).toMatchObject({ code: 2, stderr: expect.stringContaining("leave an output free") as string });
  const { url, stop, ended } = await served("upper");
  expect(await runMain(["serve", "upper", "--port", new URL(url).port])).toMatchObject({ code: 1, stderr: expect.stringContaining(new URL(url).port) as string });
  stop();
  await ended;
});
