/** `iftk inspect`: what elements there are, and all about one. */
import type { Command } from "commander";
import { usageError } from "../exit-code.js";
import type { CommonOptions, Session } from "../session.js";
import { textTable } from "../text-table.js";

const examples = `
Examples:
  iftk inspect
  iftk inspect tee
  iftk inspect chat --json`;

/** Adds the command. */
export function addInspect(program: Command, session: Session): Command {
  return program
    .command("inspect")
    .summary("list the elements, or tell all about one")
    .description("Lists the elements that pipelines can use; of one it tells the pads with what flows through them, and the properties with types, defaults and meanings.")
    .argument("[element]", "an element")
    .addHelpText("after", examples)
    .action((name: string | undefined, options: CommonOptions) => inspect(session, name, options));
}

async function inspect(session: Session, name: string | undefined, { json }: CommonOptions): Promise<void> {
  const registry = await session.registry();
  if (name === undefined) {
    const all = registry.elements().map(({ definition: { name, kind, description } }) => ({ name, kind, description }));
    await session.write(json ? `${JSON.stringify(all)}\n` : textTable(all.map(({ name, kind, description }) => [session.paint.out("cyan", name), kind, description]), session.host.stdout));
    return;
  }
  const { elementInspection, inspectElement } = await import("@iftk/graph");
  const element = find();
  await session.write(json ? `${JSON.stringify(elementInspection(element))}\n` : inspectElement(element));

  function find(): ReturnType<typeof registry.find> {
    try {
      return registry.find(name as string);
    } catch (error) {
      throw usageError((error as Error).message, error);
    }
  }
}
