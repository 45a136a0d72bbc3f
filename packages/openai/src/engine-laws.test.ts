import { collect } from "@iftk/core";
import { stageLaws } from "@iftk/testing";
import { engineLaws } from "@iftk/testing/engine-laws";
import { fakeOpenai, fakeProvider, type FakeOpenaiReply } from "@iftk/testing/providers";
import { afterAll } from "vitest";
import { type OpenaiOptions } from "./client.js";
import { openai } from "./engine.js";

const key = "sk-test-0123456789abcdef";
const reply: FakeOpenaiReply = { text: ["Hello", ", ", "wörld", " – ", "😀", "!"], reasoning: ["Let me", " think."], toolCalls: [{ name: "look", arguments: '{"at": "ü"}' }, { name: "listen", arguments: "{}" }] };
const say = { messages: [{ role: "user" as const, content: "Say something." }] };
const withTools = { ...say, tools: ["look", "listen"].map((name) => ({ name, parameters: { type: "object" } })) };

const stageOver = (url: string, api: string, options: OpenaiOptions = {}) => openai({ baseUrl: `${url}/v1`, apiKey: key, isMarkRequired: true, ...options }).chat({ model: "gpt-x", api });
const start = () => fakeOpenai({ reply, key, isCompatible: true });

const [whole, silent, cut] = await Promise.all([
  start(),
  fakeProvider({ "POST /*": () => new Promise(() => {}) }),
  fakeProvider({ "POST /*": () => ({ body: ['event: response.output_text.delta\ndata: {"choices":[{"index":0,"delta":{"content":"Hel"}}],"delta":"Hel"}\n\n'] }) }),
]);
afterAll(() => Promise.all([whole, silent, cut].map((server) => server.close())));

/** The bytes of the good reply. */
async function bodyOf(api: string, request: typeof say): Promise<string> {
  let body: Promise<string> | undefined;
  const fetchAndKeep: typeof fetch = async (url, init) => {
    const response = await fetch(url, init);
    body = response.clone().text();
    return response;
  };
  await collect(stageOver(whole.url, api, { fetch: fetchAndKeep })(request));
  return (await body) ?? "";
}

for (const [api, request] of [["chat-completions", withTools], ["responses", withTools], ["completions", say]] as const) {
  const route = `POST /v1/${api.replace("-", "/")}`;
  engineLaws({ name: `chat by ${api}`, fake: start, route, stage: (url) => stageOver(url, api), input: request, key, wholeBody: await bodyOf(api, request), isStreamed: true });
  stageLaws(`chat by ${api}`, {
    stage: () => stageOver(whole.url, api),
    hanging: () => stageOver(silent.url, api),
    cut: { stage: () => stageOver(cut.url, api) },
    input: [request],
    isReleased: () => whole.openSockets + silent.openSockets === 0,
    soon: 50,
    patience: 5000,
  });
}
