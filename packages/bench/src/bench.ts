/** The command: measures and prints, as tables or with `--json`. */
import { writeFileSync } from "node:fs";
import { answer, askChild, type Question } from "./child.js";
import { documentPath } from "./documents.js";
import { help, parseCommand, type Command } from "./options.js";
import { full, measureAll, quick, type Extent } from "./suites.js";
import { renderTable } from "./table.js";

function extentOf({ quick: isQuick, rounds, model }: Extract<Command, { kind: "measure" }>): Extent {
  const extent = isQuick ? quick : full;
  const often = rounds === undefined ? {} : { rounds };
  return {
    ...extent,
    pipelines: { ...extent.pipelines, ...often },
    fork: { ...extent.fork, ...often },
    merge: { ...extent.merge, ...often },
    many: { ...extent.many, ...often },
    memory: { ...extent.memory, ...often },
    generation: { ...extent.generation, ...often, ...(model !== undefined && { modelPath: model }) },
    serving: { ...extent.serving, ...often },
    wires: { ...extent.wires, ...often },
    written: { ...extent.written, ...often },
    json: { ...extent.json, ...often },
    parsing: { ...extent.parsing, ...often },
    inferlets: { ...extent.inferlets, embedded: { ...extent.inferlets.embedded, ...often }, large: { ...extent.inferlets.large, ...often } },
  };
}

/** Writes a line of progress, over the last one where the output is a terminal. */
function progress(text: string): void {
  process.stderr.write(process.stderr.isTTY && !/^[A-Z]{2}/.test(text) ? `\r\u001B[K${text}` : `${text}\n`);
}

async function run(command: Command): Promise<number> {
  switch (command.kind) {
    case "help":
      process.stdout.write(help);
      return 0;
    case "refused":
      process.stderr.write(`${command.because}\n\n${help}`);
      return 2;
    case "answer":
      process.stdout.write(JSON.stringify({ answer: await answer(JSON.parse(command.question) as Question) }));
      return 0;
    case "picture":
      (await import("./picture.js")).writePicture();
      return 0;
    case "laws":
      await (await import("./laws/write-laws.js")).writeLaws(progress);
      return 0;
    case "measure": {
      const report = await measureAll(command.suites, { extent: extentOf(command), ask: askChild, progress, isQuick: command.quick });
      if (process.stderr.isTTY) progress("");
      const json = `${JSON.stringify(report, null, 2)}\n`;
      if (command.save) writeFileSync(documentPath("docs/bench.json"), json);
      process.stdout.write(command.json ? json : renderTable(report));
      return report.failed.length > 0 ? 1 : 0;
    }
  }
}

process.exitCode = await run(parseCommand(process.argv.slice(2)));
