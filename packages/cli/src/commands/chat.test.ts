import { fakeOpenai } from "@iftk/testing/providers";
import { describe, expect, test } from "vitest";
import { runMain, startMain } from "../fixtures/run-main.js";

const plain = { NO_COLOR: "1" };

describe("a conversation that is piped in", () => {
  test("has a reply to each line, on the embedded model", async () => {
    const { code, stdout, stderr } = await runMain(["chat", "--temperature", "0"], { stdin: "Hello!\n\nTell me a story." });
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout.trim().split("\n").length).toBeGreaterThanOrEqual(2);
  });

  test("tells the model what was said before, what it is told first, and how to answer", async () => {
    await using server = await fakeOpenai({ reply: (_, turn) => ({ text: `reply ${turn}` }) });
    const env = { OPENAI_API_KEY: "k", OPENAI_BASE_URL: `${server.url}/v1` };
    expect(await runMain(["chat", "--json", "-m", "openai/m", "-s", "Be brief.", "--temperature", "0.5", "--max-tokens", "9"], { env, stdin: "one\ntwo\n/new\nthree\n" })).toEqual({
      code: 0,
      stdout: [0, 1, 2].map((turn) => `{"role":"assistant","content":"reply ${turn}"}\n`).join(""),
      stderr: "",
    });
    expect(server.requests.map((request) => (request.json() as { readonly messages: readonly { readonly content: unknown }[] }).messages.map(({ content }) => content))).toEqual([
      ["Be brief.", "one"],
      ["Be brief.", "one", "reply 0", "two"],
      ["Be brief.", "three"],
    ]);
  });

  test("fails with the turn that fails", async () => {
    expect(await runMain(["chat", "-m", "openai/gpt-6-sol"], { stdin: "Hello\n", env: { OPENAI_BASE_URL: "https://api.openai.com/v1" } })).toEqual({ code: 1, stdout: "", stderr: expect.stringContaining("OPENAI_API_KEY") as string });
  });

  test("refuses a model and a number that there is not", async () => {
    expect(await runMain(["chat", "-m", "tinny"])).toMatchObject({ code: 2, stderr: expect.stringContaining("did you mean tiny?") as string });
    expect(await runMain(["chat", "--temperature", "warm"])).toMatchObject({ code: 2, stderr: expect.stringContaining("give a number") as string });
  });

  test("ends with exit code 130 when Ctrl-C comes while nothing is said", async () => {
    const { stdin, shows, interrupt, ended } = startMain(["chat"]);
    stdin.write("Hello!\n");
    await shows("\n");
    interrupt();
    expect(await ended).toMatchObject({ code: 130, stderr: "" });
  });
});

describe("a conversation at a terminal", () => {
  test("Ctrl-C stops a reply and the conversation goes on until Ctrl-D", async () => {
    const { stdin, shows, interrupt, ended, told, written } = startMain(["chat", "--temperature", "0"], { isTerminal: true, env: plain });
    await shows("> ");
    stdin.write("Tell me a long story.\r");
    await shows(". ");
    interrupt();
    await expect.poll(told).toContain("(stopped)");
    const before = written().length;
    stdin.write("Hello!\r");
    await expect.poll(() => written().slice(before)).toMatch(/Hello!\s+\p{L}[^>]*\n[^>]*> /u);
    stdin.write("\u0004");
    expect((await ended).code).toBe(0);
  });

  test("/help tells the keys, /reset begins anew, and what is no command is not sent to the model", async () => {
    await using server = await fakeOpenai({ reply: (_, turn) => ({ text: `reply ${turn}` }) });
    const { stdin, shows, told, ended } = startMain(["chat", "-m", "openai/m"], { isTerminal: true, env: { ...plain, OPENAI_BASE_URL: `${server.url}/v1` } });
    await shows("> ");
    for (const [said, answer] of [["/help", "Ctrl-D   leaves"], ["/rest", "there is no /rest"]] as const) {
      stdin.write(`${said}\r`);
      await expect.poll(told).toContain(answer);
    }
    for (const [said, answer] of [["one", "reply 0"], ["/reset\rtwo", "reply 1"]] as const) {
      stdin.write(`${said}\r`);
      await shows(answer);
    }
    stdin.write("\u0004");
    expect((await ended).code).toBe(0);
    expect(server.requests.map((request) => (request.json() as { readonly messages: readonly unknown[] }).messages.length)).toEqual([1, 1]);
  });

  test("an error is told and the conversation goes on until /exit", async () => {
    const { stdin, shows, told, ended } = startMain(["chat", "-m", "openai/gpt-6-sol"], { isTerminal: true, env: { ...plain, OPENAI_BASE_URL: "https://api.openai.com/v1" } });
    await shows("> ");
    stdin.write("Hello\r");
    await expect.poll(told).toContain("OPENAI_API_KEY");
    stdin.write("/exit\r");
    expect((await ended).code).toBe(0);
  });

  test("Ctrl-C twice at the prompt leaves with exit code 130", async () => {
    const { shows, interrupt, told, ended } = startMain(["chat"], { isTerminal: true, env: plain });
    await shows("> ");
    interrupt();
    await expect.poll(told).toContain("Ctrl-C again, or Ctrl-D, leaves");
    interrupt();
    expect((await ended).code).toBe(130);
  });
});
