/** `iftk completion`: scripts by which shells complete the command line. */
import { createArgument, type Command } from "commander";
import { completionScripts, shells, type Shell } from "../completion-scripts.js";
import type { Session } from "../session.js";

const installing = `
Install:
  bash   iftk completion bash > ~/.local/share/bash-completion/completions/iftk
  zsh    iftk completion zsh > "\${fpath[1]}/_iftk"
  fish   iftk completion fish > ~/.config/fish/completions/iftk.fish

Examples:
  eval "$(iftk completion bash)"`;

/** Adds the command. */
export function addCompletion(program: Command, session: Session): Command {
  return program
    .command("completion")
    .summary("write a script for completion in a shell")
    .description("Writes a script by which a shell completes commands, options and their values, elements and models among them.")
    .addArgument(createArgument("<shell>", "the shell").choices(shells))
    .addHelpText("after", installing)
    .action((shell: Shell) => complete(session, program, shell));
}

async function complete(session: Session, program: Command, shell: Shell): Promise<void> {
  const [registry, models] = await Promise.all([session.registry(), session.models()]);
  const find = (name: string): Command | undefined => program.commands.find((command) => command.name() === name);
  find("inspect")?.registeredArguments[0]?.choices(registry.names());
  find("chat")?.options.find(({ long }) => long === "--model")?.choices(models.list().map(({ slug }) => slug));
  await session.write(completionScripts[shell](program));
}
