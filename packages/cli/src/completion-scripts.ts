/** Scripts by which shells complete a command line, made of the commands themselves. */
import type { Command, Option } from "commander";

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

interface Completed {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly Option[];
  /** What its arguments may be. */
  readonly values: readonly string[];
}

/** Each shell's script for a program. */
export const completionScripts: Readonly<Record<Shell, (program: Command) => string>> = { bash, zsh, fish };

function commandsOf(program: Command): readonly Completed[] {
  return program.commands.map((command) => ({
    name: command.name(),
    summary: command.summary() || command.description(),
    options: command.createHelp().visibleOptions(command),
    values: command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices),
  }));
}

const flagsOf = ({ short, long }: Option): string[] => [short, long].filter((flag) => flag !== undefined);
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

function bash(program: Command): string {
  const name = program.name();
  const commands = commandsOf(program);
  const list = (words: readonly string[]): string => quoted(words.join(" "));
  const patternOf = (option: Option): string => flagsOf(option).join("|");
  const valued = new Map(commands.flatMap(({ options }) => options.filter(({ required }) => required).map((option) => [patternOf(option), option.argChoices ?? []] as const)));
  return [
    `# Completion of ${name} in bash.`,
    `_${name}() {`,
    '  local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}" command="" word values options',
    '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
    '    if [[ "$word" != -* ]]; then command="$word"; break; fi',
    "  done",
    '  case "$previous" in',
    ...[...valued].map(([pattern, values]) => `    ${pattern}) COMPREPLY=($(compgen -W ${list(values)} -- "$current")); return ;;`),
    "  esac",
    '  case "$command" in',
    `    "") values=${list(commands.map((command) => command.name))} options=${list(program.createHelp().visibleOptions(program).flatMap(flagsOf))} ;;`,
    ...commands.map((command) => `    ${command.name}) values=${list(command.values)} options=${list(command.options.flatMap(flagsOf))} ;;`),
    "  esac",
    "  # Where nothing is offered, bash offers files.",
    '  if [[ "$current" == -* ]]; then COMPREPLY=($(compgen -W "$options" -- "$current")); else COMPREPLY=($(compgen -W "$values" -- "$current")); fi',
    "}",
    `complete -o default -F _${name} ${name}`,
    "",
  ].join("\n");
}

function zsh(program: Command): string {
  const name = program.name();
  const commands = commandsOf(program);
  const told = (text: string): string => text.replaceAll(/[[\]:\\]/gu, String.raw`\$&`);
  const argument = ({ values }: Completed): string => (values.length > 0 ? `1:value:(${values.join(" ")})` : "*:file:_files");
  const specification = (option: Option): string[] =>
    flagsOf(option).map((flag) => `${flag}[${told(option.description)}]${option.required ? `:${option.attributeName()}:${option.argChoices ? `(${option.argChoices.join(" ")})` : ""}` : ""}`);
  return [
    `#compdef ${name}`,
    `_${name}() {`,
    "  local -a commands",
    "  commands=(",
    ...commands.map((command) => `    ${quoted(`${command.name}:${told(command.summary)}`)}`),
    "  )",
    "  if (( CURRENT == 2 )); then",
    `    _describe -t commands ${quoted(`${name} command`)} commands`,
    "    return",
    "  fi",
    "  local command=$words[2]",
    "  shift words; (( CURRENT-- ))",
    '  case "$command" in',
    ...commands.map((command) => `    ${command.name}) _arguments ${[...command.options.flatMap(specification), argument(command)].map(quoted).join(" ")} ;;`),
    "  esac",
    "}",
    `if [ "$funcstack[1]" = "_${name}" ]; then _${name} "$@"; else compdef _${name} ${name}; fi`,
    "",
  ].join("\n");
}

function fish(program: Command): string {
  const name = program.name();
  const commands = commandsOf(program);
  const text = (value: string): string => `'${value.replaceAll(/['\\]/gu, String.raw`\$&`)}'`;
  const line = (...parts: readonly string[]): string => ["complete", "-c", name, ...parts].join(" ");
  return [
    `# Completion of ${name} in fish.`,
    ...commands.map((command) => line("-n", "__fish_use_subcommand", "-f", "-a", command.name, "-d", text(command.summary))),
    ...commands.flatMap(({ name: command, options, values }) => {
      const seen = text(`__fish_seen_subcommand_from ${command}`);
      return [
        ...options.map(({ short, long, description, argChoices, required }) =>
          line("-n", seen, ...(short ? ["-s", short.slice(1)] : []), ...(long ? ["-l", long.slice(2)] : []), "-d", text(description), ...(required ? ["-r"] : []), ...(argChoices ? ["-f", "-a", text(argChoices.join(" "))] : []))),
        ...(values.length > 0 ? [line("-n", seen, "-f", "-a", text(values.join(" ")))] : []),
      ];
    }),
    "",
  ].join("\n");
}
