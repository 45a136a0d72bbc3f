/** Asking for an object as the arguments of a tool. */
import { StageError } from "@iftk/core";
import { jsonReader } from "@iftk/wire";
import type { Message } from "../message.js";
import type { ToolCall } from "../part.js";
import type { Reply } from "../text.js";
import { correctText, type AnswerReader, type ObjectMode, type ObjectWanted } from "./object-mode.js";

/** The model is made to call one tool, of which the object is the arguments; nothing runs it. */
export function toolMode({ name, description = "Takes the answer.", schema }: ObjectWanted): ObjectMode {
  return {
    ask(request) {
      const others = request.tools ?? [];
      if (others.some((tool) => tool.name === name)) throw new StageError("invalid_argument", `messagesToObject: the request has a tool called ${JSON.stringify(name)} already; give the object another name`);
      return { ...request, tools: [...others, { name, description, parameters: schema }], toolChoice: { name }, parallelToolCalls: false };
    },
    open: () => readCall(name),
    correct(reply, problem) {
      if (reply.toolCalls.length === 0) return correctText(reply.text === "" ? asText(reply.invalidToolCalls[0]?.text ?? "") : reply, problem);
      const results = reply.toolCalls.map((call): Message => ({ role: "tool", toolCallId: call.id, name: call.name, content: `Not accepted: ${problem}\nCall ${name} again with the whole value, corrected.`, isError: true }));
      return [reply.message, ...results];
    },
  };
}

const asText = (text: string): Pick<Reply, "text" | "message"> => ({ text, message: { role: "assistant", content: text } });

/** Reads the first call of the tool. */
function readCall(name: string): AnswerReader {
  const reader = jsonReader();
  let id: string | undefined;
  let call: ToolCall | undefined;
  return {
    take(part) {
      if (part.type === "tool-call-start" && part.name === name) id ??= part.id;
      if (part.type === "tool-call-delta" && part.id === id) return reader.push(part.arguments);
      if (part.type !== "tool-call" || part.name !== name || call) return false;
      call = part;
      return id === undefined;
    },
    get partial() {
      return call ? call.arguments : reader.value;
    },
    whole(reply: Reply) {
      if (call) return call.arguments;
      const [invalid] = reply.invalidToolCalls;
      throw invalid
        ? new StageError("internal", `the arguments of the call are no JSON: ${invalid.message}`, { reason: "invalid-object" })
        : new StageError("internal", `the tool ${name} was not called`, { reason: "invalid-object" });
    },
  };
}
