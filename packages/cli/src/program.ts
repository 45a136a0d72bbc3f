/** The command line: what commands there are, and what they share. */
import { createCommand, type Command } from "commander";
import { addChat } from "./commands/chat.js";
import { addCheck } from "./commands/check.js";
import { addCompletion } from "./commands/completion.js";
import { addFmt } from "./commands/fmt.js";
import { addGraph } from "./commands/graph.js";
import { addInspect } from "./commands/inspect.js";
import { addModels } from "./commands/models.js";
import { addRun } from "./commands/run.js";
import { addServe } from "./commands/serve.js";
import { exitCodesHelp } from "./exit-code.js";
import { hasColours } from "./paint.js";
import type { Session } from "./session.js";

const adders = [addRun, addServe, addChat, addInspect, addGraph, addCheck, addFmt, addModels, addCompletion];

/** The program over a session. What it says itself goes to the session's host, and it throws rather than ends the process. */
export function createProgram(session: Session, version: string): Command {
  const { stdout, stderr, env } = session.host;
  const program = createCommand("iftk")
    .description("Pipelines of models and text, written down: run, served, checked and drawn.")
    .version(version, "-V, --version", "tell the version")
    .helpOption("-h, --help", "tell how a command is used")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      outputError: (text, write) => write(`${session.paint.error("red", "iftk:")} ${text.replace(/^error: /u, "")}`),
      getOutHelpWidth: () => stdout.columns ?? 80,
      getErrHelpWidth: () => stderr.columns ?? 80,
      getOutHasColors: () => hasColours(stdout, env),
      getErrHasColors: () => hasColours(stderr, env),
    })
    .configureHelp({ styleTitle: (title) => session.paint.out("bold", title) })
    .showHelpAfterError("(--help tells how it is used)")
    .addHelpText("after", exitCodesHelp);
  for (const add of adders) {
    add(program, session)
      .option("--json", "write for programs: JSON, a value a line, errors too")
      .option("--debug", "tell where errors come from");
  }
  return program;
}
