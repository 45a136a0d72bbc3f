/** What the way from the model to a client costs over the bare loop of decode and argmax. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { collect, pipe } from "@iftk/core";
import { text, type ChatRequest } from "@iftk/inference";
import type { Backend } from "@iftk/inferlet";
import { chat, openLlama } from "@iftk/llama";
import { listen, serve } from "@iftk/server";
import { tinyModelPath } from "@iftk/tiny-model";
import { measure, type Measured } from "./measure.js";

const request: ChatRequest = { messages: [{ role: "user", content: "Tell me a story about a fox." }], temperature: 0, maxTokens: 96 };
const prompt = "<|im_start|>user\nTell me a story about a fox.<|im_end|>\n<|im_start|>assistant\n";

/** Decode and argmax, and nothing else, as many tokens as the reply has. */
async function bareLoop(backend: Backend, count: number): Promise<number> {
  const sequence = backend.openSequence();
  let input = backend.tokenize(prompt, { special: true });
  for (let done = 0; done < count; done++) {
    const logits = await sequence.forward(input);
    let best = 0;
    for (let token = 1; token < logits.length; token++) if ((logits[token] ?? 0) > (logits[best] ?? 0)) best = token;
    input = Int32Array.of(best);
  }
  sequence.release();
  return count;
}

/** A client in a process of its own, which reads and drops each reply: its work is not the server's. */
const client = `
process.stdin.setEncoding("utf8");
let lines = "";
process.stdin.on("data", async (chunk) => {
  lines += chunk;
  for (let end; (end = lines.indexOf("\\n")) >= 0; ) {
    const { url, body } = JSON.parse(lines.slice(0, end));
    lines = lines.slice(end + 1);
    const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
    let bytes = 0;
    for await (const piece of response.body) bytes += piece.length;
    process.stdout.write(response.status + " " + bytes + "\\n");
  }
});
process.stdin.on("end", () => process.exit(0));
`;

/** Compares the bare loop with the engine, a pipeline over it, and the pipeline served to a client. */
export async function measureGeneration(modelPath = tinyModelPath, rounds = 15): Promise<Measured[]> {
  await using backend = await openLlama({ modelPath });
  let tokens = 0;
  const engine = chat({ backend, onFinish: ({ usage }) => (tokens = usage.outputTokens) });
  const pipeline = pipe(engine, text);
  const server = await listen(serve({ chat: pipe(engine) }), { port: 0 });
  const reader = spawn(process.execPath, ["--input-type=module", "-e", client], { stdio: ["pipe", "pipe", "inherit"] });
  try {
    await collect(pipeline(request));
    const count = tokens + 1; // the token that ends the turn is decoded too
    return await measure(
      [
        { name: "bare loop: decode and argmax", run: () => bareLoop(backend, count) },
        { name: "engine: chat stage", run: async () => (await collect(engine(request)), count) },
        { name: "engine and pipeline", run: async () => (await collect(pipeline(request)), count) },
        {
          name: "engine, pipeline and SSE to a client",
          run: async () => {
            const reply = once(reader.stdout, "data");
            reader.stdin.write(`${JSON.stringify({ url: `${server.url}/chat`, body: JSON.stringify(request) })}\n`);
            const [line] = (await reply) as [Buffer];
            if (!line.toString().startsWith("200 ")) throw new Error(`the server answered ${line.toString()}`);
            return count;
          },
        },
      ],
      rounds,
    );
  } finally {
    reader.stdin.end();
    await server.close();
  }
}
