/** An agent that thinks, acts and observes until it knows the answer (ReAct, Yao et al. 2023). */
import { Context, Model, Sampler, session, type ToolCallEvent, type ToolCallInvalidEvent, type ToolDefinition } from "@iftk/inferlet";
import { inferlet } from "@iftk/inferlet/session";
import { type Example, runInferlet } from "./run-inferlet.js";

type Call = ToolCallEvent | ToolCallInvalidEvent;
const weather = new Map([["Paris", { temperature: 21, condition: "sunny" }], ["Rome", { temperature: 27, condition: "clear" }]]);
const prices = new Map([["ring", 80], ["cup", 7], ["map", 12]]);
/** Tools by name; they take what the model wrote, which need not fit the definition. */
const tools = new Map<string, Omit<ToolDefinition, "name"> & { readonly run: (args: Readonly<Record<string, unknown>>) => unknown }>([
  ["get_weather", { description: "Get the current weather of a city", parameters: object({ city: "string" }), run: ({ city }) => lookUp(weather, city) }],
  ["get_price", { description: "Get the price of an item", parameters: object({ item: "string" }), run: ({ item }) => ({ price: lookUp(prices, item) }) }],
  ["add", { description: "Add two numbers", parameters: object({ a: "number", b: "number" }), run: ({ a, b }) => ({ result: Number(a) + Number(b) }) }],
]);
const definitions = [...tools].map(([name, { description, parameters }]): ToolDefinition => ({ name, description, parameters }));
function object(types: Readonly<Record<string, string>>): object {
  return { type: "object", properties: Object.fromEntries(Object.entries(types).map(([key, type]) => [key, { type }])), required: Object.keys(types) };
}

function lookUp<Value>(table: ReadonlyMap<string, Value>, key: unknown): Value {
  const found = table.get(String(key));
  if (found === undefined) throw new RangeError(`there is no ${String(key)}, only ${[...table.keys()].join(", ")}`);
  return found;
}

/** What a call comes to. That it failed, and why, is an observation too: the model may do better. */
function act(call: Call): unknown {
  try {
    return call.type === "tool-call" ? lookUp(tools, call.name).run(call.arguments as Readonly<Record<string, unknown>>) : { error: call.message };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

export const reactAgent: Example = {
  about: "Answers a question by tools for the weather, prices and sums, and tells what it does and finds on the way.",
  input: { name: "question", value: "What is the weather in Paris?" },

  program: (input) =>
    inferlet(async () => {
      using context = new Context(await Model.load()).equipTools(definitions).user(input);
      const steps: unknown[] = [];
      for (let turn = 1; turn <= 8; turn++) {
        const calls: Call[] = [];
        for await (const event of context.generate(Sampler.greedy(), { decode: true, maxTokens: 256 })) {
          if (event.type === "tool-call" || event.type === "tool-call-invalid") calls.push(event);
          else if (event.type === "done" && calls.length === 0) return { answer: event.text, turn, steps };
        }
        for (const call of calls) {
          const observation = act(call);
          steps.push({ call, observation });
          await session.send(`${JSON.stringify(call)} gives ${JSON.stringify(observation)}\n`);
          context.answerTool(call.name ?? "unknown", observation);
        }
      }
      return { answer: undefined, steps };
    }),
};

await runInferlet(import.meta.url, reactAgent);
