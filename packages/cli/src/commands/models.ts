/** `iftk models`: the models that pipelines and conversations can name. */
import type { Command } from "commander";
import type { CommonOptions, Session } from "../session.js";
import { textTable } from "../text-table.js";

const environment = `
Environment:
  OPENAI_API_KEY, OPENAI_BASE_URL        for openai/..., also of a compatible server
  ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL  for anthropic/...
  IFTK_MODEL                             path of a GGUF file, which is then the model local

Beside those of the list, any model of a provider can be named, such as openai/its-name.

Examples:
  iftk models
  iftk models --json`;

/** Adds the command. */
export function addModels(program: Command, session: Session): Command {
  return program
    .command("models")
    .summary("list the models")
    .description("Lists the models that can be named, with what is still missing for each.")
    .addHelpText("after", environment)
    .action((options: CommonOptions) => models(session, options));
}

async function models(session: Session, { json }: CommonOptions): Promise<void> {
  const list = (await session.models()).list();
  const { out } = session.paint;
  const rows = list.map(({ slug, description = "", missing }) => [out("cyan", slug), missing === undefined ? out("green", "ready") : out("dim", `needs ${missing}`), description]);
  await session.write(json ? `${JSON.stringify(list)}\n` : textTable(rows, session.host.stdout));
}
