/** What the house rules need to know of one source file. */
import { parseSync, Visitor } from "oxc-parser";

/** A module that a source file names, statically, dynamically or as a type, and the line where it does. */
export interface ModuleImport {
  readonly from: string;
  readonly line: number;
}

/** The imports of a source file and the exports that the house forbids. */
export interface SourceFile {
  readonly lines: number;
  readonly imports: readonly ModuleImport[];
  /** Lines with `export *`. */
  readonly starExports: readonly number[];
  /** Lines with a default export. */
  readonly defaultExports: readonly number[];
}

/** Parses a TypeScript or JavaScript file. Throws an `Error` naming the file when it does not parse. */
export function readSourceFile(path: string, text: string): SourceFile {
  const { module, program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path} does not parse: ${errors[0]?.message}`);
  const lineAt = (offset: number) => text.slice(0, offset).split("\n").length;
  const imports: ModuleImport[] = [];
  const add = (from: string, offset: number) => void imports.push({ from, line: lineAt(offset) });

  for (const { moduleRequest } of module.staticImports) add(moduleRequest.value, moduleRequest.start);
  for (const { moduleRequest: { start, end } } of module.dynamicImports) {
    const literal = /^(["'])(.*)\1$/.exec(text.slice(start, end))?.[2];
    if (literal !== undefined) add(literal, start);
  }
  new Visitor({
    TSImportType: ({ source }) => add(source.value, source.start),
  }).visit(program);

  const exported = module.staticExports.flatMap(({ entries }) => entries);
  for (const { moduleRequest } of exported) if (moduleRequest) add(moduleRequest.value, moduleRequest.start);
  const linesOf = (entries: typeof exported) => entries.map(({ start }) => lineAt(start));
  return {
    lines: text.replace(/\n$/, "").split("\n").length,
    imports,
    starExports: linesOf(exported.filter(({ importName: { kind } }) => kind === "All" || kind === "AllButDefault")),
    defaultExports: linesOf(
      exported.filter(({ exportName: { kind, name } }) => kind === "Default" || (kind === "Name" && name === "default")),
    ),
  };
}
