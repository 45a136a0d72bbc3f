/** `iftk chat`: a conversation in the terminal. */
import { InvalidArgumentError, type Command } from "commander";
import { errorReport } from "../error-report.js";
import { LineQueue } from "../line-queue.js";
import type { CommonOptions, Session } from "../session.js";
import { visibleText } from "../visible-text.js";

interface ChatOptions extends CommonOptions {
  readonly model?: string;
  readonly system?: string;
  readonly temperature?: number;
  readonly maxTokens?: number;
}

const keys = `
At a terminal:
  Ctrl-C   stops the reply; pressed again, leaves
  Ctrl-D   leaves
  /help    tells this
  /reset   begins a new conversation, as does /new
  /exit    leaves

Where stdin is no terminal, each of its lines is a turn.`;

const examples = `
Examples:
  iftk chat
  iftk chat --model anthropic/claude-haiku-5-5 --system 'Answer in one sentence.'
  OPENAI_BASE_URL=http://localhost:8080/v1 iftk chat --model openai/my-model
  iftk chat --json < questions.txt`;

/** Adds the command. */
export function addChat(program: Command, session: Session): Command {
  return program
    .command("chat")
    .summary("talk with a model")
    .description("A conversation with a model in the terminal: the embedded one, or any that `iftk models` lists.")
    .option("-m, --model <name>", "the model; the embedded one, or that of IFTK_MODEL, without it")
    .option("-s, --system <text>", "what the model is told before all")
    .option("--temperature <number>", "0 picks the likeliest token, 1 samples the model's own distribution", numberFrom)
    .option("--max-tokens <count>", "tokens of a reply at most", numberFrom)
    .addHelpText("after", keys + "\n" + examples)
    .action((options: ChatOptions) => chat(session, options));
}

async function chat(session: Session, { model, system, temperature, maxTokens, ...common }: ChatOptions): Promise<void> {
  const { host, paint } = session;
  const [models, { Conversation }] = await Promise.all([session.models(), import("../conversation.js")]);
  const name = model ?? models.usual;
  const conversation = new Conversation(models.chat(name), { system, ...(temperature !== undefined && { temperature }), ...(maxTokens !== undefined && { maxTokens }) });
  const isTerminal = host.stdin.isTTY === true && host.stdout.isTTY === true;
  const report = { paint: paint.error, json: common.json ?? false, debug: common.debug ?? false };

  session.signal.throwIfAborted();
  let reply: AbortController | undefined;
  let isShown = false;
  let isWarned = false;
  function interrupt(): void {
    if (reply && !reply.signal.aborted) reply.abort();
    else if (isWarned || !isTerminal) return session.stop();
    else void session.tell(paint.error("dim", "\nCtrl-C again, or Ctrl-D, leaves\n"));
    isWarned = true;
  }
  using lines = new LineQueue(host.stdin, host.stdout, interrupt);
  using _ = { [Symbol.dispose]: host.onInterrupt?.(interrupt) ?? (() => {}) };
  session.signal.addEventListener("abort", () => lines.close(), { once: true });

  if (isTerminal) await session.tell(paint.error("dim", `${name}. Ctrl-C stops a reply, Ctrl-D leaves, /help tells more.\n`));
  for (let line = await lines.next(prompt()); line !== undefined; line = await lines.next(prompt())) {
    const said = line.trim();
    if (said === "/exit") return;
    if (said === "/new" || said === "/reset") conversation.clear();
    else if (said === "/help") await session.tell(`${keys.trim()}\n`);
    // What is piped in may begin with anything.
    else if (isTerminal && /^\/\w+$/u.test(said)) await session.tell(`there is no ${said}; /help tells what there is\n`);
    else if (said !== "") await turn(said);
  }
  session.signal.throwIfAborted();
  // After Ctrl-D the prompt of the shell begins a line.
  if (isTerminal) await session.write("\n");

  async function turn(said: string): Promise<void> {
    isWarned = isShown = false;
    const { signal } = (reply = new AbortController());
    try {
      await answer(conversation.say(said, AbortSignal.any([signal, session.signal])));
    } catch (error) {
      if (session.signal.aborted) throw error;
      if (signal.aborted) await session.tell(paint.error("dim", "\n(stopped)\n"));
      else if (isTerminal) await session.tell(`${isShown ? "\n" : ""}${errorReport(error, report)}`);
      else throw error;
    } finally {
      reply = undefined;
    }
  }

  function prompt(): string {
    return isTerminal ? paint.out("cyan", "> ") : "";
  }

  async function answer(pieces: AsyncIterable<string>): Promise<void> {
    let whole = "";
    for await (const piece of pieces) {
      whole += piece;
      isShown = true;
      if (!common.json) await session.write(host.stdout.isTTY ? visibleText(piece) : piece);
    }
    reply = undefined;
    await session.write(common.json ? `${JSON.stringify({ role: "assistant", content: whole })}\n` : "\n");
  }
}

function numberFrom(text: string): number {
  const number = Number(text);
  if (text.trim() !== "" && Number.isFinite(number) && number >= 0) return number;
  throw new InvalidArgumentError("give a number from 0 on.");
}
