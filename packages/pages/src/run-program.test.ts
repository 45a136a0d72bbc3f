import { join } from "node:path";
import { expect, test } from "vitest";
import { startProgram, type Ended } from "./start-program.js";

const program = join(import.meta.dirname, "fixtures/program.ts");
const run = (environment: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Ended> => startProgram(program, environment, args).ended;

test.each([
  [{}, "http://127.0.0.1:3000 until SIGINT, SIGTERM\n"],
  [{ PORT: "0", HOST: "::1" }, "http://::1:0 until SIGINT, SIGTERM\n"],
])("a program runs where %o says", async (environment, stdout) => {
  expect(await run(environment)).toEqual({ code: 0, stdout, stderr: "" });
});

test.each(["80a", "-1", "65536", "1e3", "0x50", "3.5", " 80", "", "\n"])("the port %j is refused in one line", async (PORT) => {
  const stderr = `PORT is ${JSON.stringify(PORT)}, which is not a port: give a whole number from 0 to 65535.\n`;
  expect(await run({ PORT })).toEqual({ code: 1, stdout: "", stderr });
});

test.each(["--help", "-h"])("%s tells what the program does and every setting, and runs nothing", async (flag) => {
  const stdout = `Says where it is.

  PORT     port to listen at; 3000 without it, 0 for any free one
  HOST     address to listen at; 127.0.0.1 without it
  FAILURE  how to fail
`;
  expect(await run({ PORT: "none" }, flag)).toEqual({ code: 0, stdout, stderr: "" });
});

test("an error that is meant for people is one line, any other tells where it came from", async () => {
  const [kindly, badly] = await Promise.all([run({ FAILURE: "kindly" }), run({ FAILURE: "badly" })]);
  expect([kindly.code, kindly.stderr, badly.code, badly.stderr]).toEqual([1, "There is no model.\n", 1, expect.stringMatching(/^TypeError: a mistake of the program\n +at .*program\.ts/)]);
});
