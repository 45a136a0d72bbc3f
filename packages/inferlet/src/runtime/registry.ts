/** Programs by name and version. */
import { StageError } from "@iftk/core";
import type { Inferlet } from "../session/inferlet.js";
import { compareVersions, parseVersion, rangeOf, type Version } from "./version.js";

/** A program, or a function that gives one for its arguments. */
export type Program = Inferlet | ((args: never) => Inferlet);

interface Named {
  readonly name: string;
  /** Such as 1.2.3. */
  readonly version: string;
}

/** A program in a module of its own, which runs in a thread. */
export interface ModuleProgram extends Named {
  /** The module, by its file or data URL. */
  readonly module: URL | string;
  /** Under which name it exports the program; `program` by default. */
  readonly export?: string;
}

/** A program that runs in the thread of the runtime, so its memory cannot be limited and a loop without end cannot be stopped. */
export interface LocalProgram extends Named {
  readonly program: Program;
}

/** One version of a program. */
export type RegisteredProgram = ModuleProgram | LocalProgram;

/** Finds programs by what `spawn` is called with. */
export class Registry {
  /** By name, the newest version first. */
  readonly #programs = new Map<string, { readonly version: Version; readonly entry: RegisteredProgram }[]>();

  /** @throws StageError `invalid_argument` for a bad name or version, or one that is there twice. */
  constructor(entries: Iterable<RegisteredProgram>) {
    for (const entry of entries) {
      if (!/^(?:@[\w.-]+\/)?[\w.-]+$/.test(entry.name)) throw new StageError("invalid_argument", `registry: ${JSON.stringify(entry.name)} is no name for a program; write one like summary or @team/summary`);
      const version = parseVersion(entry.version);
      const versions = this.#programs.get(entry.name) ?? [];
      if (versions.some((other) => compareVersions(other.version, version) === 0)) throw new StageError("invalid_argument", `registry: ${entry.name}@${entry.version} is there twice`);
      versions.push({ version, entry });
      this.#programs.set(entry.name, versions.sort((one, other) => compareVersions(other.version, one.version)));
    }
  }

  /**
   * The newest version that fits a reference such as `summary`, `summary@^1.2` or `@team/summary@1.0.0`.
   *
   * @throws StageError `not_found` that says what there is, `invalid_argument` for a bad range.
   */
  find(reference: string): RegisteredProgram {
    const at = reference.lastIndexOf("@");
    const [name, range] = at > 0 ? [reference.slice(0, at), reference.slice(at + 1)] : [reference, "latest"];
    const versions = this.#programs.get(name);
    if (!versions) throw new StageError("not_found", `runtime: no program ${name} is registered; there are ${[...this.#programs.keys()].join(", ") || "none"}`);
    const fits = rangeOf(range);
    const found = versions.find(({ version }) => fits(version));
    if (!found) throw new StageError("not_found", `runtime: no version of ${name} fits ${range}; there are ${versions.map(({ version }) => version.text).join(", ")}`);
    return found.entry;
  }
}
