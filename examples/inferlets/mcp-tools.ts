/** The tools of an MCP server, which runs as a process of its own, in the hands of the model. */
import process from "node:process";
import { fileURLToPath } from "node:url";
import { Context, mcp, Model, Sampler, session, type ToolCallEvent } from "@iftk/inferlet";
import { inferlet } from "@iftk/inferlet/session";
import { toolMessageContent } from "@iftk/inferlet/mcp";
import { type Example, runInferlet } from "./run-inferlet.js";

/** The module of the server stands beside this one, from source and when it is built. */
const server = fileURLToPath(import.meta.url.replace("mcp-tools", "mcp-server"));

export const mcpTools: Example = {
  about: "Answers a question with what the tools of an MCP server give, which is started for it.",
  input: { name: "question", value: "What is the weather in Paris?" },
  servers: { weather: { command: process.execPath, args: [server] } },

  program: (input) =>
    inferlet(async () => {
      await using connection = await mcp.connect("weather");
      const tools = await connection.tools();
      using context = new Context(await Model.load()).equipTools(tools).user(input);
      const calls: unknown[] = [];
      for (let turn = 1; turn <= 4; turn++) {
        const asked: ToolCallEvent[] = [];
        for await (const event of context.generate(Sampler.greedy(), { decode: true, maxTokens: 256 })) {
          if (event.type === "tool-call") asked.push(event);
          else if (event.type === "done" && asked.length === 0) return { tools: tools.map(({ name }) => name), calls, answer: event.text };
        }
        for (const { name, arguments: args } of asked) {
          const { content, isError } = await connection.callTool(name, args as Readonly<Record<string, unknown>>);
          const result = toolMessageContent(content).map((part) => (part.type === "text" ? part.text : "[image]")).join("\n");
          calls.push({ name, args, result, isError });
          await session.send(`${name} ${JSON.stringify(args)} gives ${result}\n`);
          context.answerTool(name, result);
        }
      }
      return { calls };
    }),
};

await runInferlet(import.meta.url, mcpTools);
