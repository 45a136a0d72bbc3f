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

/** Where the program says what it says itself. */
export interface Said {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
}

const common = `
Options of every command may also stand before it. With --json an error is a line of JSON
on stderr, {"type": "error", "code", "reason", "message"}, as are warnings and progress.
${exitCodesHelp}

Examples:
  iftk run 'chat ! text' --input 'Tell me a story about a fox.'
  iftk inspect chat
  iftk chat --model openai/gpt-6-sol`;

/** The program over a session; it throws rather than ends the process. */
export function createProgram(session: Session, version: string, said: Said): Command {
  const { stdout, stderr, env } = session.host;
  const program = withCommon(createCommand("iftk"))
    .description("Pipelines of models and text, written down: run, served, checked and drawn.")
    .version(version, "-V, --version", "tell the version")
    .helpOption("-h, --help", "tell how a command is used")
    .exitOverride()
    .configureOutput({
      writeOut: said.out,
      writeErr: said.error,
      outputError: (text, write) => write(text.replace(/^error: /u, "")),
      getOutHelpWidth: () => stdout.columns ?? 80,
      getErrHelpWidth: () => stderr.columns ?? 80,
      getOutHasColors: () => hasColours(stdout, env),
      getErrHasColors: () => hasColours(stderr, env),
    })
    .configureHelp({ styleTitle: (title) => session.paint.out("bold", title) })
    .showHelpAfterError("(--help tells how it is used)")
    .addHelpText("after", common)
    .hook("preAction", (_, command) => {
      for (const name of ["json", "debug"]) if (program.getOptionValue(name) === true) command.setOptionValue(name, true);
    });
  for (const add of adders) withCommon(add(program, session));
  return program;
}

function withCommon(command: Command): Command {
  return command
    .option("--json", "write for programs: JSON, a value a line, errors too")
    .option("--no-color", "write without colours, as NO_COLOR in the environment does")
    .option("--debug", "tell where errors come from");
}
