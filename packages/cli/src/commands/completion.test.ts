import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { runMain } from "../fixtures/run-main.js";

const scripts: Partial<Record<string, string>> = {};
const script = async (shell: string): Promise<string> => (scripts[shell] ??= (await runMain(["completion", shell])).stdout);

/** What bash offers for the words, the last of which is being written. */
async function offered(...words: readonly string[]): Promise<readonly string[]> {
  const asked = `${await script("bash")}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}; _iftk; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync("bash", ["-c", asked], { encoding: "utf8" });
  expect(stderr).toBe("");
  return stdout.trim().split("\n");
}

test("bash completes commands, options and their values", async () => {
  expect([await offered("iftk", "c"), await offered("iftk", "run", "--inp"), await offered("iftk", "graph", "--format", ""), await offered("iftk", "completion", "z"), await offered("iftk", "--json", "inspect", "te"), await offered("iftk", "chat", "--model", "ti"), await offered("iftk", "run", ""), await offered("iftk", "--no")]).toEqual([
    ["chat", "check", "completion"],
    ["--input", "--input-form"],
    ["mermaid", "dot", "svg"],
    ["zsh"],
    ["tee", "template", "text"],
    ["tiny"],
    [""], // files
    ["--no-color"],
  ]);
});

test("the scripts of zsh and fish tell every command with what it does", async () => {
  const [zsh, fish] = [await script("zsh"), await script("fish")];
  for (const command of ["run", "serve", "chat", "inspect", "graph", "check", "fmt", "models", "completion"]) {
    expect(zsh).toMatch(new RegExp(`^ {4}'${command}:\\w`, "mu"));
    expect(fish).toMatch(new RegExp(`^complete -c iftk -n __fish_use_subcommand -f -a ${command} -d '\\w`, "mu"));
  }
  expect(zsh).toContain("'--format[what it is drawn in]:format:(mermaid dot svg)'");
  expect(fish).toContain("-l format -d 'what it is drawn in' -r -f -a 'mermaid dot svg'");
});

test("another shell is refused", async () => {
  expect(await runMain(["completion", "tcsh"])).toMatchObject({ code: 2, stderr: expect.stringContaining("bash, zsh, fish") as string });
});
