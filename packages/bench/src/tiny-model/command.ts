/**
 * The command that evaluates a model file: `node command.js MODEL.gguf PROMPTS.jsonl`.
 *
 * Prints the table of the model card. With `--failures` it also prints each answer that fell short, with
 * `--only CLASS` it asks the prompts of one class, and with `--beside OTHER.gguf` it counts the answers
 * that differ from those of another model.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type Answered, evaluate, heldOut, type Row } from "./evaluation.js";

const usage = "usage: node command.js MODEL.gguf PROMPTS.jsonl [--failures] [--only CLASS] [--beside OTHER.gguf]\n";

/** Rows as a table in Markdown. */
function table(rows: readonly Row[]): string {
  const lines = rows.map(({ name, right, of }) => `| ${name} | ${right} of ${of} | ${((100 * right) / of).toFixed(1)} % |`);
  return ["| what | right | rate |", "|---|--:|--:|", ...lines, ""].join("\n");
}

function printFailure({ question, answer, failed }: Answered): void {
  if (failed.length > 0) process.stderr.write(`${failed.join(", ")}\n  < ${question}\n  > ${answer}\n`);
}

const { positionals: [modelPath, promptsPath], values } = parseArgs({
  allowPositionals: true,
  options: { failures: { type: "boolean" }, only: { type: "string" }, beside: { type: "string" } },
});

if (modelPath === undefined || promptsPath === undefined) {
  process.stderr.write(usage);
  process.exitCode = 2;
} else {
  const all = readFileSync(promptsPath, "utf8").trim().split("\n").map((line) => heldOut.parse(JSON.parse(line)));
  const conversations = all.filter((conversation) => values.only === undefined || conversation.class === values.only);
  const answers: string[] = [];
  const rows = [...await evaluate(modelPath, conversations, (answered) => {
    answers.push(answered.answer);
    if (values.failures) printFailure(answered);
  })];
  if (values.beside !== undefined) {
    let at = 0;
    let different = 0;
    await evaluate(values.beside, conversations, ({ answer }) => (different += Number(answer !== answers[at++])));
    rows.push({ name: "an answer that differs from the other model's", right: different, of: answers.length });
  }
  process.stdout.write(table(rows));
}
