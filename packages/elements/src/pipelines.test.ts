import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { anthropic } from "@iftk/anthropic";
import { collect, from } from "@iftk/core";
import { build, createRegistry, parseLaunch } from "@iftk/graph";
import { modelRouter } from "@iftk/inference/router";
import { llama, openLlama } from "@iftk/llama";
import { openai } from "@iftk/openai";
import { hang, tracked, turns } from "@iftk/testing";
import { fakeAnthropic, fakeOpenai } from "@iftk/testing/providers";
import { tinyModelPath } from "@iftk/tiny-model";
import { describe, expect, test } from "vitest";
import { lastText, scriptedRouter } from "./fixtures/scripted-router.js";
import { temporaryFolder } from "./fixtures/temporary-folder.js";
import { standardElements, type StandardElementsOptions } from "./index.js";

/** What is written. */
function kept(): { readonly stream: Writable; readonly text: () => string } {
  let text = "";
  return { stream: new Writable({ write: (chunk: Buffer, _encoding, done) => { text += chunk.toString(); done(); } }), text: () => text };
}

const { router } = scriptedRouter((request) => (request.messages.length > 1 ? lastText(request).toUpperCase() : "A fox ran. It was red."));
const built = (line: string, options: Partial<StandardElementsOptions> = {}) => build(parseLaunch(line), createRegistry(standardElements({ router, ...options })));

async function run(line: string, input: readonly unknown[] = [], options: Partial<StandardElementsOptions> = {}): Promise<unknown[]> {
  const started = built(line, options).start(from(input));
  const output = await collect(started.output);
  await started.done;
  return output;
}

describe("a pipeline that is written down", () => {
  test("asks a model, shows a translation and writes the story to a file", async () => {
    await using folder = await temporaryFolder();
    const output = kept();
    await run("ask ! chat model=tiny ! text ! sentences ! tee name=t  t. ! translate to=fr ! console  t. ! file path=story.txt", ["Tell me a story ", "about a fox."], { root: folder.path, stdout: output.stream });
    expect([output.text(), await readFile(join(folder.path, "story.txt"), "utf8")]).toEqual(["A FOX RAN. IT WAS RED.\n", "A fox ran. It was red."]);
  });

  test("is given the conversions that it needs, and shows them", () => {
    const { description } = built("read path=a ! chat ! upper ! encode");
    expect(description.elements.map((use) => "element" in use && use.element)).toEqual(expect.arrayContaining(["read", "ask", "chat", "text", "upper", "encode"]));
  });

  test.each([
    ['values of=[{"a": 3}, {"a": 1}, {"b": 2}] ! filter path=a is=more value=1 ! pick path=a ! template template="<{{input}}>"', ["<3>"]],
    ["stdin ! lines ! prefix text=- ! batch count=2 ! to-jsonl", ['["-a","-b"]\n', '["-c"]\n']],
    ["stdin ! from-jsonl-lines", undefined],
    ["stdin ! lines ! tee name=t  t. ! upper ! zip name=z  t. ! z.", [["A", "a"], ["B", "b"], ["C", "c"]]],
    ["values of=[1, 2] ! loop name=l is=different value=null turns=3 beyond=give  l.body ! template template=x{{input}} ! l.back  l. ! as-text", ["xxx1", "xxx2"]],
    ['values of=["# a", "b"] ! html by=item', ['<h3 role="assistant">Assistant</h3>\n<h4>a</h4>\n', '<h3 role="assistant">Assistant</h3>\n<p>b</p>\n']],
    ['values of=["Hi"] ! ask ! chat ! markdown ! join', ["### Assistant\n\nA fox ran. It was red.\n\n"]],
    ["stdin ! lines ! ask by=item ! tee name=t  t. ! chat model=a ! text ! race name=r  t. ! delay ms=100000 ! chat model=b ! text ! r.  r. ! join", ["A fox ran. It was red.".repeat(3)]],
    ["stdin ! from-csv header=false ! flatten ! join separator=,", ["a,b,c"]],
    ["stdin ! lines ! window ! last ! flatten ! timestamp ! pick path=value ! discard", []],
    ["stdin ! lines ! distinct ! drop ! take ! count", [1]],
  ])("%s", async (line, expected) => {
    const running = async (): Promise<unknown> => run(line, [], { stdin: PassThrough.from(["a\nb", "\nc\n"]) });
    if (expected) expect(await running()).toEqual(expected);
    else await expect(running()).rejects.toThrow("from-jsonl");
  });

  test.each([
    ["console ! upper", "console"],
    ["chat model=tiny temperature=9", "temperature"],
    ['http url="file:///etc/passwd"', "url"],
    ["read path=../secret ! console", "leads out"],
    ["upper ! html ! chat ! http-get", "http-get"],
  ])("%s is refused before anything runs", (line, message) => {
    expect(() => built(line, { root: "/tmp" }).stage).toThrow(message);
  });

  test("goes on with the other branch of a tee when one has nobody who reads it", async () => {
    await using folder = await temporaryFolder();
    const broken = new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error("pipe"), { code: "EPIPE" })) });
    broken.on("error", () => {});
    await run("stdin ! lines ends=keep ! tee name=t size=1  t. ! console  t. ! file path=all", [], { root: folder.path, stdout: broken, stdin: PassThrough.from(["a\n", "b\n", "c\n", "d\n"]) });
    expect(await readFile(join(folder.path, "all"), "utf8")).toBe("a\nb\nc\nd\n");
  });

  test("goes on with the other branch of a tee that isolates its branches when what follows one fails", async () => {
    await using folder = await temporaryFolder();
    const line = (properties: string): string => `stdin ! lines ! tee name=t ${properties}  t. ! from-jsonl ! to-jsonl ! stdout  t. ! file path=all`;
    const stdin = (): PassThrough => PassThrough.from(["{\n", "b\n", "c\n"]) as PassThrough;
    await expect(run(line(""), [], { root: folder.path, stdin: stdin(), stdout: kept().stream })).rejects.toThrow("from-jsonl: line 1 is not JSON");
    await run(line("isolate=true"), [], { root: folder.path, stdin: stdin(), stdout: kept().stream }).catch(() => {});
    expect(await readFile(join(folder.path, "all"), "utf8")).toBe("{bc");
  });

  test("takes no more from its source than its queues hold while a branch of a tee stands still", async () => {
    await using folder = await temporaryFolder();
    const still = new Writable({ highWaterMark: 1, write: () => {} });
    const source = tracked((async function* () { for (let value = 0; ; value++) yield await Promise.resolve(`${value}\n`); })());
    const started = built("tee name=t size=8  t. ! stdout  t. ! file path=all", { stdout: still, root: folder.path }).start(source);
    await turns(20);
    const { pulled } = source;
    await turns(20);
    expect([pulled < 16, source.pulled]).toEqual([true, pulled]);
    await started.stop();
    expect(source.closed).toBe(1);
  });

  test("stops at once while its input hangs", async () => {
    const source = tracked(hang("a"));
    const started = built("upper ! console", { stdout: kept().stream }).start(source);
    await turns(3);
    await started.stop();
    expect([started.state, source.closed]).toEqual(["ended", 1]);
  });
});

test("the same pipeline runs on the embedded model and on other engines: the model is one property", async () => {
  await using fakes = await fakeOpenai({ reply: { text: "Hi there. Bye." } });
  await using others = await fakeAnthropic({ reply: () => ({ content: [{ type: "text", text: "Hi there. Bye.", citations: null }] }) });
  await using tiny = await openLlama({ modelPath: tinyModelPath });
  const { chat } = modelRouter({
    engines: [llama({ models: { tiny } }), openai({ apiKey: "no-key", baseUrl: `${fakes.url}/v1` }), anthropic({ apiKey: "no-key", baseUrl: others.url })],
    models: [{ slug: "tiny", provider: "llama", name: "tiny" }],
  });
  const answers = await Promise.all(["openai/gpt-5.4-mini", "anthropic/claude-haiku-5-5", "tiny"].map((model) => run(`ask ! chat model=${JSON.stringify(model)} maxTokens=30 temperature=0 seed=1 ! text ! sentences`, ["Hello"], { router: chat })));
  expect(answers.slice(0, 2)).toEqual([["Hi there. ", "Bye."], ["Hi there. ", "Bye."]]);
  expect((answers[2] as string[]).join("").length).toBeGreaterThan(0);
});
