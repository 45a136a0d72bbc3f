/** What the way from the model to a client costs over the bare loop of decode and argmax. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { collect, pipe } from "@iftk/core";
import { text, type ChatRequest } from "@iftk/inference";
import type { Backend } from "@iftk/inferlet";
import { chat, openLlama } from "@iftk/llama";
import { listen, serve } from "@iftk/server";
import { tinyModelPath } from "@iftk/tiny-model";
import { measure, type Measured } from "../measure.js";

const request: ChatRequest = { messages: [{ role: "user", content: "Tell me a story about a fox." }], temperature: 0 };
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

/**
 * A client in a process of its own: for each line it is given, it sends that request over one kept connection,
 * reads the reply to its end and drops it. Its work is not the server's, so it does as little as a client can.
 */
const client = `
import { connect } from "node:net";
const socket = connect(Number(process.argv[1]), "127.0.0.1");
socket.setNoDelay(true);
let tail = "";
socket.on("data", (chunk) => {
  tail = (tail + chunk.toString("latin1")).slice(-64);
  if (tail.endsWith("\\r\\n0\\r\\n\\r\\n")) process.stdout.write(tail.includes("event: end") ? "end\\n" : "cut\\n");
});
process.stdin.on("data", (body) => {
  socket.write("POST /chat HTTP/1.1\\r\\nhost: 127.0.0.1\\r\\ncontent-type: application/json\\r\\ncontent-length: " + body.length + "\\r\\n\\r\\n");
  socket.write(body);
});
process.stdin.on("end", () => process.exit(0));
`;

/** Compares the bare loop with the engine, a pipeline over it, and the pipeline served to a client. */
export async function measureGeneration(modelPath = tinyModelPath, rounds = 15): Promise<Measured[]> {
  await using backend = await openLlama({ modelPath });
  let tokens = 0;
  const engine = chat({ backend, prefixCache: false, onFinish: ({ usage }) => (tokens = usage.outputTokens) });
  const pipeline = pipe(engine, text);
  const server = await listen(serve({ chat: pipe(engine) }), { port: 0 });
  const reader = spawn(process.execPath, ["--input-type=module", "-e", client, String(server.port)], { stdio: ["pipe", "pipe", "inherit"] });
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
            reader.stdin.write(JSON.stringify(request));
            const [said] = (await reply) as [Buffer];
            if (said.toString() !== "end\n") throw new Error("the reply was cut");
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
