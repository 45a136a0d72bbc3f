import type { ChatRequest, Message } from "@iftk/inference";
import { anthropicBody } from "@iftk/testing/providers";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { messagesRequest } from "./chat-request.js";

const text = (value: string) => ({ type: "text", text: value });
const cached = { cache_control: { type: "ephemeral" } };
const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47]);

/** What is sent of the messages, which the fake of the API accepts. */
function sent(messages: readonly Message[], model = "claude-opus-5-5", settings = {}) {
  const { body, warnings } = messagesRequest({ model }, { messages: messages as ChatRequest["messages"] }, settings);
  anthropicBody.parse(body);
  return { ...(body.system !== undefined && { system: body.system }), messages: body.messages.map(({ role, content }) => [role, content] as const), warnings };
}
const failure = (content: Message) => {
  try {
    return sent([content]);
  } catch (error) {
    return error;
  }
};

describe("system messages", () => {
  const system = (content: string, cache = false): Message => ({ role: "system", content, ...(cache && { cache }) });
  const user = (content: string): Message => ({ role: "user", content });
  const assistant = (content: string): Message => ({ role: "assistant", content });

  test("at the beginning are apart, each with its mark for the cache", () => {
    expect(sent([system("a", true), system("b"), user("?")])).toEqual({ system: [{ ...text("a"), ...cached }, text("b")], messages: [["user", [text("?")]]], warnings: [] });
  });
  test("within the conversation come after the turn of the user that they stand in or before", () => {
    expect(sent([user("1"), system("a"), user("2"), assistant("3"), system("b"), system("c"), user("4")])).toEqual({
      messages: [["user", [text("1"), text("2")]], ["system", [text("a")]], ["assistant", [text("3")]], ["user", [text("4")]], ["system", [text("b"), text("c")]]],
      warnings: [],
    });
  });
  test("do not come between a call and its result", () => {
    const call: Message = { role: "assistant", content: [{ type: "tool-call", id: "t", name: "now", arguments: {} }] };
    const result: Message = { role: "tool", toolCallId: "t", content: "noon" };
    expect(sent([user("?"), call, system("a"), result]).messages.map(([role]) => role)).toEqual(["user", "assistant", "user", "system"]);
  });
  test("are put at the beginning, with a warning, where the model takes none or no turn of the user follows", () => {
    expect([sent([user("1"), system("a")], "claude-sonnet-4-5"), sent([user("1"), assistant("2"), system("a")])]).toEqual([
      { system: [text("a")], messages: [["user", [text("1")]]], warnings: [expect.stringContaining("1 of the system messages")] },
      { system: [text("a")], messages: [["user", [text("1")]], ["assistant", [text("2")]]], warnings: [expect.stringContaining("1 of the system messages")] },
    ]);
  });
});

describe("images and files", () => {
  const of = (content: Extract<Message, { role: "user" }>["content"], settings = {}) => sent([{ role: "user", content }], undefined, settings).messages[0]?.[1];
  test("are given as bytes, as base64 or by their URL", () => {
    expect(of([
      { type: "image", image: { data: png, mediaType: "image/PNG" } },
      { type: "image", image: { data: "iVBORw==", mediaType: "image/jpeg; q=1" } },
      { type: "image", image: { url: "https://sea.example/whale.webp" } },
      { type: "image", image: { url: "data:image/gif;base64,R0lGODlh" } },
      { type: "image", image: { data: "-_8", mediaType: "image/png" } },
    ])).toEqual([
      { type: "image", source: { type: "base64", media_type: "image/png", data: "iVBORw==" } },
      { type: "image", source: { type: "base64", media_type: "image/jpeg", data: "iVBORw==" } },
      { type: "image", source: { type: "url", url: "https://sea.example/whale.webp" } },
      { type: "image", source: { type: "base64", media_type: "image/gif", data: "R0lGODlh" } },
      { type: "image", source: { type: "base64", media_type: "image/png", data: "+/8=" } },
    ]);
  });
  test("that are PDF or text are documents, cited where that is asked for", () => {
    const citations = { enabled: true };
    expect(of([
      { type: "file", file: { data: "JVBERi0=", mediaType: "application/pdf" }, name: "Sea" },
      { type: "file", file: { url: "https://sea.example/sea.pdf" } },
      { type: "file", file: { data: new TextEncoder().encode("# Ålesund"), mediaType: "text/markdown" } },
      { type: "file", file: { url: "data:application/json,%7B%7D" } },
    ], { citations: true })).toEqual([
      { type: "document", source: { type: "base64", media_type: "application/pdf", data: "JVBERi0=" }, title: "Sea", citations },
      { type: "document", source: { type: "url", url: "https://sea.example/sea.pdf" }, citations },
      { type: "document", source: { type: "text", media_type: "text/plain", data: "# Ålesund" }, citations },
      { type: "document", source: { type: "text", media_type: "text/plain", data: "{}" }, citations },
    ]);
  });
  test("of other kinds, or written wrongly, are refused by the place they have", () => {
    const content = (one: object): Message => ({ role: "user", content: [one as never] });
    const refused: readonly [object, code: string, words: string][] = [
      [{ type: "image", image: { data: png, mediaType: "image/tiff" } }, "unimplemented", "image/tiff"],
      [{ type: "file", file: { data: png, mediaType: "application/zip" } }, "unimplemented", "application/zip"],
      [{ type: "file", file: { url: "https://sea.example/a.txt", mediaType: "text/plain" } }, "unimplemented", "by its URL"],
      [{ type: "audio", audio: { data: png, mediaType: "audio/wav" } }, "unimplemented", "audio"],
      [{ type: "image", image: { url: "data:image/png;base64" } }, "invalid_argument", "no comma"],
      [{ type: "image", image: { data: "no base64!", mediaType: "image/png" } }, "invalid_argument", "not base64"],
    ];
    expect(refused.map(([one]) => failure(content(one)))).toMatchObject(refused.map(([, code, words]) => ({ code, message: expect.stringMatching(new RegExp(`^anthropic: messages\\[0\\]: .*${words}`)) as string })));
  });
});

describe("calls and results", () => {
  test("go back with images, errors and ids that the API takes, results first", () => {
    expect(sent([
      { role: "user", content: "?" },
      { role: "assistant", content: [{ type: "text", text: "" }, { type: "reasoning", text: "of another provider" }, { type: "tool-call", id: "functions.look:0", name: "look", arguments: { at: 1 } }, { type: "tool-call", id: "b", name: "look", arguments: undefined }] },
      { role: "user", content: "Hurry." },
      { role: "tool", toolCallId: "functions.look:0", content: [{ type: "text", text: "a whale" }, { type: "image", image: { data: png, mediaType: "image/png" } }], cache: true },
      { role: "tool", toolCallId: "b", content: "", isError: true },
    ]).messages.slice(1)).toEqual([
      ["assistant", [{ type: "tool_use", id: "functions_look_0", name: "look", input: { at: 1 } }, { type: "tool_use", id: "b", name: "look", input: {} }]],
      ["user", [
        { type: "tool_result", tool_use_id: "functions_look_0", content: [text("a whale"), { type: "image", source: { type: "base64", media_type: "image/png", data: "iVBORw==" } }], ...cached },
        { type: "tool_result", tool_use_id: "b", is_error: true },
        text("Hurry."),
      ]],
    ]);
  });
  test("without the id of the call are refused", () => {
    expect(failure({ role: "tool", content: "noon" })).toMatchObject({ code: "invalid_argument", message: expect.stringContaining("messages[0]") as string });
  });
});

test("thoughts of OpenAI's responses are left out, those of this provider go back as they came", () => {
  expect(sent([
    { role: "user", content: "?" },
    { role: "assistant", content: [{ type: "reasoning", text: "a", signature: "rs_1", encrypted: "gAAA" }, { type: "reasoning", text: "b", signature: "rs_2" }, { type: "reasoning", text: "c", signature: "ErUB" }, { type: "reasoning", text: "", encrypted: "EmwK" }, { type: "text", text: "d" }] },
    { role: "user", content: "!" },
  ]).messages[1]).toEqual(["assistant", [{ type: "thinking", thinking: "c", signature: "ErUB" }, { type: "redacted_thinking", data: "EmwK" }, text("d")]]);
});

test("phases of texts, which the API does not know, are left out", () => {
  expect(sent([
    { role: "user", content: "?" },
    { role: "assistant", content: [{ type: "text", text: "a", phase: "commentary" }, { type: "text", text: "b", phase: "answer" }] },
    { role: "user", content: "!" },
  ]).messages[1]).toStrictEqual(["assistant", [text("a"), text("b")]]);
});

test("texts of white space alone are left out, and so is the white space at the end of a reply that is begun", () => {
  expect(sent([
    { role: "system", content: " " },
    { role: "user", content: "a " },
    { role: "assistant", content: [{ type: "text", text: "\n\n" }, { type: "tool-call", id: "t", name: "look", arguments: {} }] },
    { role: "tool", toolCallId: "t", content: "\n" },
    { role: "assistant", content: "once \n" },
  ])).toMatchObject({
    messages: [["user", [text("a ")]], ["assistant", [{ type: "tool_use" }]], ["user", [{ type: "tool_result", tool_use_id: "t" }]], ["assistant", [text("once")]]],
  });
});

describe("marks for the cache", () => {
  test("stand on the last block that can have one, and on the last four places", () => {
    const turns = Array.from({ length: 5 }, (_, index): Message => ({ role: "user", content: `${index}`, cache: true }));
    const thought: Message = { role: "assistant", content: [{ type: "text", text: "a" }, { type: "reasoning", text: "b", signature: "c" }], cache: true };
    expect(sent([...turns, thought]).messages).toEqual([
      ["user", [text("0"), text("1"), ...["2", "3", "4"].map((value) => ({ ...text(value), ...cached }))]],
      ["assistant", [{ ...text("a"), ...cached }, { type: "thinking", thinking: "b", signature: "c" }]],
    ]);
  });
});

test("any conversation of texts is sent in a form that the API takes", () => {
  const message = fc.record({ role: fc.constantFrom("system" as const, "user" as const, "assistant" as const), content: fc.constantFrom("", "a", "b c"), cache: fc.boolean() });
  fc.assert(fc.property(fc.array(message, { minLength: 1, maxLength: 12 }), fc.constantFrom("claude-opus-5-5", "claude-sonnet-4-5"), (messages, model) => {
    if (!messages.some(({ role, content }) => role !== "system" && content !== "")) return;
    const { system = [], messages: turns } = sent(messages, model);
    const said = [...(system as { text: string }[]), ...turns.flatMap(([, content]) => content as { text: string }[])].map(({ text: value }) => value);
    expect(said.sort()).toEqual(messages.map(({ content }) => content).filter((value) => value !== "").sort());
  }));
});
