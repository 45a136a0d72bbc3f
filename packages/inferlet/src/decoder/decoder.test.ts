import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DecoderOptions } from "./decoder.js";
import type { EventSink } from "./event-list.js";
import { cutAt, decode, joined, told } from "./fixtures/decode.js";
import { deepseek, generic, harmony, hermes, llama3, mistral } from "./formats.js";

const tools = [{ name: "get_weather" }, { name: "add" }];
const paris = '{"city": "Paris"}';
const weather = ["start get_weather", `arguments ${paris}`, 'call get_weather {"city":"Paris"}'];
const add = ["start add", 'arguments {"a":1,"b":2}', 'call add {"a":1,"b":2}'];

/** Replies as the families write them. */
const replies: [string, DecoderOptions, string, readonly string[]][] = [
  ["generic: text", { format: generic }, " Hello <b> </b> ", ['text " Hello <b> </b> "']],
  ["generic: thinking", { format: generic }, " \n<think>\nOne.\n\nTwo.\n</think>\n\nThree.\n", ['thinking "One.\\n\\nTwo."', 'thinking-done "One.\\n\\nTwo."', 'text "Three.\\n"']],
  ["generic: thinking that is empty", { format: generic }, "<think>\n\n</think>\n\nHello", ['text "Hello"']],
  ["generic: thinking that is cut off", { format: generic }, "<think> a b </thi", ['thinking "a b </thi"', 'thinking-done "a b </thi"']],
  ["generic: the beginning of a tag", { format: generic }, "<thi", ['text "<thi"']],
  ["generic: a tag inside the text", { format: generic }, "The tag <think> opens, </think> closes.", ['text "The tag <think> opens, </think> closes."']],
  ["generic: a second tag inside thinking", { format: generic }, "<think>a <think> b</think>c", ['thinking "a <think> b"', 'thinking-done "a <think> b"', 'text "c"']],
  ["generic: calls are text", { format: generic, tools }, `<tool_call>${paris}</tool_call>`, [`text ${JSON.stringify(`<tool_call>${paris}</tool_call>`)}`]],
  ["thinking that is not asked for", { format: hermes, reasoning: false }, "<think>a</think>b", ['text "<think>a</think>b"']],
  ["thinking that the prompt has opened", { format: generic, prompt: "assistant\n<think>\n" }, "a</think>\nb", ['thinking "a"', 'thinking-done "a"', 'text "b"']],
  ["thinking that the prompt has opened, opened again", { format: generic, prompt: "assistant\n<think>" }, "\n<think>\na</think>b", ['thinking "a"', 'thinking-done "a"', 'text "b"']],
  ["hermes: calls when no tools are given", { format: hermes }, "<tool_call>{}</tool_call>", ['text "<tool_call>{}</tool_call>"']],
  ["hermes: a call", { format: hermes, tools }, `<tool_call>\n{"name": "get_weather", "arguments": ${paris}}\n</tool_call>`, weather],
  ["hermes: a call between texts", { format: hermes, tools }, `Let me see. <tool_call>{"name": "get_weather", "arguments": ${paris}}</tool_call>\nDone.`, ['text "Let me see. "', ...weather, 'text "Done."']],
  ["hermes: thinking, text, calls, text", { format: hermes, tools }, `<think>Hm.</think>\n\nA<tool_call>\n{"arguments": ${paris}, "name": "get_weather"}\n</tool_call>B <tool_call>{"name":"add","arguments":{"a":1,"b":2}}</tool_call>`, ['thinking "Hm."', 'thinking-done "Hm."', 'text "A"', ...weather, 'text "B "', ...add]],
  ["hermes: several calls in one tag", { format: hermes, tools }, `<tool_call>\n{"name": "get_weather", "arguments": ${paris}}\n{"name":"add","arguments":{"a":1,"b":2}}\n</tool_call>`, [...weather, ...add]],
  ["hermes: a fence around the JSON", { format: hermes, tools }, `<tool_call>\n\`\`\`json\n{"name": "get_weather", "arguments": ${paris}}\n\`\`\`\n</tool_call>`, weather],
  ["hermes: tags inside strings", { format: hermes, tools }, '<tool_call>{"name":"add","arguments":{"a":"</tool_call>\\"<tool_call>","b":"}"}}</tool_call>x', ["start add", 'arguments {"a":"</tool_call>\\"<tool_call>","b":"}"}', 'call add {"a":"</tool_call>\\"<tool_call>","b":"}"}', 'text "x"']],
  ["hermes: arguments as the text of JSON", { format: hermes, tools }, '<tool_call>{"name":"add","arguments":"{\\"a\\":1,\\"b\\":2}"}</tool_call>', add],
  ["hermes: the shape of an API", { format: hermes, tools }, '<tool_call>{"type":"function","function":{"name":"add","arguments":{"a":1,"b":2}}}</tool_call>', add],
  ["hermes: a call without arguments", { format: hermes, tools }, '<tool_call>{"name":"add"}</tool_call>', ["start add", "arguments {}", "call add {}"]],
  ["hermes: a closing tag that is missing", { format: hermes, tools }, '<tool_call>{"name":"add","arguments":{"a":1,"b":2}} and so on', [...add, 'text "and so on"']],
  ["hermes: a closing tag that is cut off", { format: hermes, tools }, '<tool_call>{"name":"add","arguments":{"a":1,"b":2}}', add],
  ["hermes: text that speaks of the tag", { format: hermes, tools }, 'Write <tool_call> and <tool_call>{"name":"add","arguments":{"a":1,"b":2}}</tool_call>', ['text "Write <tool_call> and "', ...add]],
  ["hermes: half a tag at the end", { format: hermes, tools }, "a <tool_", ['text "a <tool_"']],
  ["hermes: a tag at the end", { format: hermes, tools }, "a <tool_call>\n", ['text "a <tool_call>\\n"']],
  ["hermes: a call that is cut off", { format: hermes, tools }, '<tool_call>{"name":"add","argum', ["start add", 'invalid add "{\\"name\\":\\"add\\",\\"argum": the call is cut off']],
  ["hermes: a quote too many", { format: hermes, tools }, '<tool_call>{"name":"add","arguments":{"a":"say "hi""}}</tool_call>x', ["start add", expect.stringMatching(/^invalid add ".*": malformed JSON at position 37/u) as string, 'text "x"']],
  ["hermes: a quote too few", { format: hermes, tools }, '<tool_call>{"name":"add","arguments":{"a":"hi}}</tool_call>\nx', ["start add", expect.stringMatching(/^invalid add ".*hi\}\}": malformed JSON/u) as string, 'text "x"']],
  ["hermes: a quote too few, and no more lines", { format: hermes, tools }, '<tool_call>{"name":"add","arguments":{"a":"hi}}</tool_call> x', ["start add", expect.stringMatching(/^invalid add ".*hi\}\}": the call is cut off/u) as string, 'text "x"']],
  ["hermes: a bracket too many", { format: hermes, tools }, '<tool_call>{"name":"add","arguments":{}}}</tool_call>x', ["start add", 'invalid add "{\\"name\\":\\"add\\",\\"arguments\\":{}}}": the JSON of the call goes on after its end', 'text "x"']],
  ["hermes: a call without a name", { format: hermes, tools }, '<tool_call>{"city":"Paris"}</tool_call>', ["start ?", expect.stringMatching(/^invalid \? .*a call without a name/u) as string]],
  ["hermes: arguments that are a list", { format: hermes, tools }, '<tool_call>{"name":"add","arguments":[1]}</tool_call>', ["start add", expect.stringMatching(/^invalid add .*expected a JSON object/u) as string]],
  ["hermes: a name from the prototype", { format: hermes, tools }, '<tool_call>{"name":"toString","arguments":{"__proto__":1}}</tool_call>', ["start toString", 'arguments {"__proto__":1}', 'call toString {"__proto__":1}']],
  ["llama3: a reply that is a call", { format: llama3, tools }, `{"name": "get_weather", "parameters": ${paris}}`, weather],
  ["llama3: calls after the mark", { format: llama3, tools }, `<|python_tag|>{"name": "get_weather", "parameters": ${paris}}; {"name":"add","parameters":{"a":1,"b":2}}`, [...weather, ...add]],
  ["llama3: several bare calls", { format: llama3, tools }, `{"name": "get_weather", "parameters": ${paris}};{"name":"add","parameters":{"a":1,"b":2}}`, [...weather, ...add]],
  ["llama3: a function tag", { format: llama3, tools }, `<function=get_weather>${paris}</function>`, weather],
  ["llama3: JSON that is the answer", { format: llama3, tools }, '{"name": "Paris", "parameters": {}}', ['text "{\\"name\\": \\"Paris\\", \\"parameters\\": {}}"']],
  ["llama3: JSON that is none", { format: llama3, tools }, "\n{ } braces {", ['text "\\n{ } braces {"']],
  ["llama3: JSON inside the text", { format: llama3, tools }, `It is {"name": "get_weather", "parameters": ${paris}}`, [`text ${JSON.stringify(`It is {"name": "get_weather", "parameters": ${paris}}`)}`]],
  ["llama3: a bare call that is cut off", { format: llama3, tools }, '{"name": "get_weather", "par', ['text "{\\"name\\": \\"get_weather\\", \\"par"']],
  ["llama3: code after the mark", { format: llama3, tools }, '<|python_tag|>search.call(query="x")', ['text "<|python_tag|>search.call(query=\\"x\\")"']],
  ["mistral: a list of calls", { format: mistral, tools }, `[TOOL_CALLS][{"name": "get_weather", "arguments": ${paris}}, {"name":"add","arguments":{"a":1,"b":2}}]`, [...weather, ...add]],
  ["mistral: names before arguments", { format: mistral, tools }, `I look.[TOOL_CALLS]get_weather[ARGS]${paris}[TOOL_CALLS]add[CALL_ID]abc123DEF[ARGS]{"a":1,"b":2}`, ['text "I look."', ...weather, ...add]],
  ["mistral: a name right before arguments", { format: mistral, tools }, `[TOOL_CALLS]get_weather${paris}`, weather],
  ["mistral: thinking", { format: mistral, tools }, "[THINK]Hm.[/THINK]Yes.", ['thinking "Hm."', 'thinking-done "Hm."', 'text "Yes."']],
  ["mistral: text that speaks of the mark", { format: mistral, tools }, "[TOOL_CALLS] is a mark; {so} it is", ['text "[TOOL_CALLS] is a mark; {so} it is"']],
  ["mistral: no calls", { format: mistral, tools }, "[TOOL_CALLS][]", ['text "[TOOL_CALLS][]"']],
  ["mistral: a list that is malformed", { format: mistral, tools }, '[TOOL_CALLS][{"name":"add","arguments":{"a":1,"b":2}}, {"name" 1}]', [...add, "start ?", expect.stringMatching(/^invalid \? .*malformed JSON/u) as string]],
  ["deepseek: thinking from the first token", { format: deepseek }, "Hm.\n</think>\n\nYes.", ['thinking "Hm."', 'thinking-done "Hm."', 'text "Yes."']],
  ["deepseek: a template that opens none", { format: deepseek, prompt: "<｜Assistant｜>" }, "Yes.", ['text "Yes."']],
  ["deepseek: calls in fences", { format: deepseek, tools, prompt: "" }, `<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>get_weather\n\`\`\`json\n${paris}\n\`\`\`<｜tool▁call▁end｜>\n<｜tool▁call▁begin｜>add<｜tool▁sep｜>{"a":1,"b":2}<｜tool▁call▁end｜><｜tool▁calls▁end｜>`, [...weather, ...add]],
  ["harmony: channels", { format: harmony }, "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Yes.<|return|>", ['thinking "Hm."', 'thinking-done "Hm."', 'text "Yes."']],
  ["harmony: a call", { format: harmony, tools }, `<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>${paris}<|call|>`, ['thinking "Hm."', 'thinking-done "Hm."', ...weather]],
  ["harmony: the recipient beside the role", { format: harmony, tools }, ` to=functions.get_weather<|channel|>commentary json<|message|>${paris}`, weather],
  ["harmony: the recipient beside the role, and a space", { format: harmony, tools }, ` to=functions.get_weather <|channel|>commentary json<|message|>${paris}`, weather],
  ["harmony: arguments that are a list", { format: harmony, tools }, "<|channel|>commentary to=functions.add<|message|>[1]<|call|>", ["start add", expect.stringMatching(/^invalid add .*expected a JSON object/u) as string]],
  ["harmony: two calls, and a preamble", { format: harmony, tools }, `<|channel|>commentary<|message|>I look.<|end|><|start|>assistant<|channel|>commentary to=functions.get_weather<|message|>${paris}<|start|>assistant<|channel|>commentary to=functions.add<|message|>{"a":1,"b":2}<|call|>`, ['text "I look."', ...weather, ...add]],
  ["harmony: a model that does not keep to it", { format: harmony, tools }, "to be or not", ['text "to be or not"']],
  ["harmony: a header that is cut off", { format: harmony, tools }, "<|channel|>ana", ['text "<|channel|>ana"']],
  ["harmony: the prompt has begun the message", { format: harmony, prompt: "<|start|>assistant<|channel|>analysis<|message|>" }, "Hm.<|end|>", ['thinking "Hm."', 'thinking-done "Hm."']],
  ["harmony: arguments that are code", { format: harmony, tools }, "<|channel|>commentary to=python<|message|>print(1)<|call|>", ["start python", expect.stringMatching(/^invalid python "print\(1\)": malformed JSON/u) as string]],
];

const linesOf = (pieces: readonly string[], options: DecoderOptions): readonly string[] => told(joined(decode(pieces, options)).slice(0, -1));

describe.each(replies)("%s", (_name, options, text, expected) => {
  test("is told as it is written", () => {
    expect(linesOf([text], options)).toEqual(expected);
  });

  test("is told the same letter by letter, and cut in two anywhere", () => {
    const whole = joined(decode([text], options));
    expect(joined(decode(text.split(""), options))).toEqual(whole);
    for (let place = 1; place < text.length; place++) expect(joined(decode(cutAt(text, [place]), options))).toEqual(whole);
  });

  test("ends with one event that holds all that was said", () => {
    const events = decode(text.split(""), options);
    const said = events.flatMap((event) => (event.type === "text" ? [event.text] : [])).join("");
    expect([events.filter(({ type }) => type === "done"), events.at(-1)]).toEqual([[{ type: "done", text: said, reason: "stop" }], { type: "done", text: said, reason: "stop" }]);
  });
});

const units = ["<tool_call>", "</tool_call>", "<think>", "</think>", '{"name":"add","arguments":{"a":1}}', '{"name":"', 'add","arguments":{', '"</tool_call>"', "{", "}", "[", "]", '"', "\\", "```json\n", "```", ";", ",", " ", "\n", "é"];
const unitsOf = {
  hermes: units,
  llama3: [...units, "<|python_tag|>", "<function=", "add>", "</function>"],
  mistral: [...units, "[TOOL_CALLS]", "[ARGS]", "[CALL_ID]", "[THINK]", "[/THINK]", "add"],
  deepseek: [...units, "<｜tool▁calls▁begin｜>", "<｜tool▁call▁begin｜>", "function", "<｜tool▁sep｜>", "add", "<｜tool▁call▁end｜>", "<｜tool▁calls▁end｜>"],
  harmony: [...units, "<|start|>", "assistant", "<|channel|>", "analysis", "final", "commentary", " to=functions.add", "<|constrain|>", "json", "<|message|>", "<|end|>", "<|call|>"],
};

describe.each([hermes, llama3, mistral, deepseek, harmony])("whatever is written in $name", (format) => {
  const replyOf = fc.array(fc.constantFrom(...unitsOf[format.name as keyof typeof unitsOf]), { maxLength: 14 }).map((parts) => parts.join(""));

  test("any cutting gives the events of the whole", () => {
    fc.assert(
      fc.property(replyOf, fc.array(fc.nat(200), { maxLength: 12 }), fc.boolean(), (text, places, isKnown) => {
        const options = { format, tools: isKnown ? tools : true };
        const whole = joined(decode([text], options));
        expect(joined(decode(cutAt(text, places), options))).toEqual(whole);
        expect(joined(decode(text.split(""), options))).toEqual(whole);
      }),
      { numRuns: 3000 },
    );
  });

  test("nothing is lost but marks, what belongs to them, and the white space beside them", () => {
    const marks = format.name === "harmony" ? ["<|end|>", "<|call|>", "<|return|>"] : [...format.markers, "[CALL_ID]", "[ARGS]", "<｜tool▁sep｜>", "```json", "```", "function", "add>", "add"];
    // A header of harmony may say more than we read.
    const header = format.name === "harmony" ? String.raw`(?:to=[^\s<]*\s*)?<\|(?:start|channel)\|>(?:(?!<\|message\|>)[^])*<\|message\|>|` : "";
    const gap = new RegExp(`^(?:${header}${marks.map((mark) => mark.replace(/[|[\]\\/]/gu, String.raw`\$&`)).join("|")}|[\\s,;[\\]])*$`, "u");
    fc.assert(
      fc.property(replyOf, (text) => {
        // The places up to which the text may have been told: what looks like a mark may have been told as text.
        let told: readonly number[] = [0];
        const pass = (written: string, length: (place: number) => number): void => {
          const next = new Set<number>();
          for (const at of told) {
            for (let place = text.indexOf(written, at); place >= 0; place = text.indexOf(written, place + 1)) {
              if (gap.test(text.slice(at, place)) && length(place) > 0) next.add(place + length(place));
            }
          }
          if (next.size === 0) throw new Error(`after ${told.map((at) => JSON.stringify(text.slice(0, at))).join(" or ")} there is no ${JSON.stringify(written)}`);
          told = [...next];
        };
        const take = (written: string): void => (written.trim() === "" ? undefined : pass(written.trim(), () => written.trim().length));
        const sink: EventSink = {
          text: take,
          thinking: take,
          endThinking: () => {},
          call(event) {
            // A call stands for the object that it was read from.
            if (event.type === "tool-call") pass("{", (place) => objectEnd(text.slice(place)));
            if (event.type === "tool-call-invalid") take(event.text);
          },
        };
        const reader = format.read(sink, { reasoning: true, tools: true, prompt: undefined, previews: false, maxCallLength: 1000 });
        reader.write(text, false);
        reader.end();
        expect(told.some((at) => gap.test(text.slice(at)))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

/** Where the JSON object ends that a text begins with. */
function objectEnd(text: string): number {
  for (let end = text.indexOf("}"); end >= 0; end = text.indexOf("}", end + 1)) {
    try {
      JSON.parse(text.slice(0, end + 1));
      return end + 1;
    } catch {
      // It goes on to a later bracket.
    }
  }
  return 0;
}
