/**
 * Runs this repository's commands on a machine that has nothing but Node 18 or newer and npm: fetches the tools,
 * installs and builds what is not up to date, then does what was asked. Uses Node's own modules only.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { Failure, progress, runInFront, runQuietly } from "./process.mjs";
import { hashOf, listFiles, unlessStamped } from "./stamp.mjs";
import { installFailure, prepareToolchain, root } from "./toolchain.mjs";

const help = `Usage: npm start | npm test | npm run COMMAND [-- ARGUMENTS]

  start     runs an example, chat if none is named, as in: npm start microphone, npm start entities/server; set PORT for another port
  test      runs every test; arguments go to vitest, as in: npm test -- --project core
  build     builds every package into its dist folder, declarations included
  lint      lints, type-aware
  types     checks the types, type tests included
  iftk      runs the command iftk, as in: npm run iftk -- run 'chat ! text' --input Hello
  bench     runs the benchmarks, as in: npm run bench -- generation --json; npm run bench -- --help says more
  packages  packs each published package and checks the tarball
  check     test, lint, types, build and packages, one after the other
  install   only installs

Tools and dependencies are installed on the first run and skipped while they are up to date.
`;

const commands = {
  install: async () => 0,
  start: async (tools, args) => {
    const { program, rest } = exampleOf(args);
    await build(tools, "--scripts-only");
    return front(tools, [program, ...rest]);
  },
  test: (tools, args) =>
    front(tools, [join(root, "node_modules/vitest/vitest.mjs"), "run", "--config", "vitest.workspace.ts", ...args]),
  build: async (tools) => {
    await build(tools, "--all");
    return 0;
  },
  lint: (tools, args) =>
    front(tools, [join(root, "node_modules/oxlint/bin/oxlint"), "--type-aware", "--deny-warnings", ...args]),
  types: async (tools, args) => {
    await front(tools, [join(root, "docs/extract-code.mjs")]);
    return front(tools, [join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.json", ...args]);
  },
  iftk: async (tools, args) => {
    await build(tools, "--scripts-only");
    return front(tools, [join(root, "packages/cli/dist/iftk.js"), ...args]);
  },
  bench: async (tools, args) => {
    await build(tools, "--scripts-only");
    return front(tools, [join(root, "packages/bench/dist/bench.js"), ...args]);
  },
  packages: async (tools) => {
    await build(tools, "--all");
    return front(tools, [join(root, "packages/workspace/check-packages.mjs"), tools.pnpm]);
  },
  check: async (tools) => {
    const failed = [];
    for (const name of ["test", "lint", "types", "build", "packages"]) {
      progress(`\n== ${name}`);
      if ((await attempt(() => commands[name](tools, []))) !== 0) failed.push(name);
    }
    progress(failed.length === 0 ? "\nAll checks passed." : `\nFailed: ${failed.join(", ")}.`);
    return failed.length === 0 ? 0 : 1;
  },
};

async function main([name, ...args]) {
  // The programs of these tell about themselves.
  const hasOwnHelp = name === "bench" || name === "start" || name === "iftk";
  if (name === undefined || name === "help" || name === "--help" || name === "-h" || (args.includes("--help") && !hasOwnHelp)) {
    process.stdout.write(help);
    return name === undefined ? 2 : 0;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) throw new Failure(`There is no command "${name}".\n\n${help}`);
  const tools = await prepareToolchain();
  await install(tools);
  return command(tools, args);
}

/** The built program that is named first, as EXAMPLE or EXAMPLE/PROGRAM, and the arguments that are left for it. */
function exampleOf([first = "chat", ...others]) {
  const isName = /^[a-z][\w-]*(\/[\w-]+)?$/.test(first);
  const [example, program] = isName ? first.split("/") : ["chat"];
  const manifest = join(root, "examples", example, "package.json");
  const { programs = ["server"] } = existsSync(manifest) ? JSON.parse(readFileSync(manifest, "utf8")) : {};
  const chosen = program ?? programs[0];
  if (!programs.includes(chosen) || !existsSync(join(root, "examples", example, `${chosen}.ts`))) {
    throw new Failure(`There is no example "${first}" to start; there is chat, entities, entities/server, entities/client, microphone, capabilities with its six programs, inferlets with its nineteen, and pipelines with its six.`);
  }
  return { program: join(root, "examples", example, "dist", `${chosen}.js`), rest: isName ? others : [first, ...others] };
}

/** Runs a step and gives its exit status, printing the failure that it threw. */
async function attempt(step) {
  try {
    return await step();
  } catch (error) {
    progress(error instanceof Failure ? error.message : String(error?.stack ?? error));
    return 1;
  }
}

function workspaceManifests() {
  const folders = ["packages", "examples"].flatMap((parent) => readdirSync(join(root, parent)).map((name) => join(parent, name)));
  return [...folders, "docs"].sort().map((folder) => join(root, folder, "package.json")).filter((path) => existsSync(path));
}

async function install({ node, pnpm, env }) {
  const manifests = ["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml"].map((name) => join(root, name));
  const stamp = join(root, "node_modules/.iftk-install");
  const hash = () => hashOf([...manifests, ...workspaceManifests()], node, process.platform, process.arch);
  await unlessStamped([stamp], hash, async () => {
    progress(`Installing the dependencies${existsSync(join(root, "node_modules")) ? "" : " (first time only)"} ...`);
    // CI=true keeps pnpm from asking questions that nobody would see.
    const result = await runQuietly(pnpm, ["install", "--frozen-lockfile", "--prefer-offline", "--reporter=append-only"], {
      cwd: root,
      env: { ...env, CI: "true" },
    });
    if (result.status !== 0) throw new Failure(installFailure("pnpm could not install the dependencies.", result));
  });
}

async function build({ node, env }, extent) {
  const built = ["packages", "examples"]
    .flatMap((parent) => listFiles(join(root, parent)))
    .filter((path) => !/\.(test|test-d)\.ts$|\.gguf$|\.md$/.test(path));
  const settings = ["tsconfig.base.json", "tsconfig.build.json", "pnpm-lock.yaml"].map((name) => join(root, name));
  // What was made is part of the hash, so that a dist folder someone removed is made again.
  const hash = () => hashOf([...settings, ...built], node, builtFolders());
  const stamp = (name) => join(root, "node_modules", `.iftk-build${name}`);
  // A build of everything has made the scripts too.
  const stamps = extent === "--all" ? [stamp("--all")] : [stamp(extent), stamp("--all")];
  await unlessStamped(stamps, hash, async () => {
    progress("Building ...");
    const { status } = await runInFront(node, [join(root, "packages/workspace/build.mjs"), extent], { cwd: root, env });
    if (status !== 0) throw new Failure("The build failed; see above.");
  });
}

function builtFolders() {
  return workspaceManifests().map((path) => join(dirname(path), "dist")).filter((path) => existsSync(path));
}

async function front({ node, env }, args) {
  const { status, signal } = await runInFront(node, args, { cwd: root, env });
  if (signal !== null) process.kill(process.pid, signal);
  return status;
}

process.exitCode = await attempt(() => main(process.argv.slice(2)));
