import { test } from "vitest";
import { forEach, fork, from, ready, type ReadyStream, type Stream } from "./index.js";
test("depth", async () => {
  Error.stackTraceLimit = Infinity;
  let most = 0, n = 0, at = 0;
  const source = { [Symbol.iterator]: () => ({ next: () => { const d = n % 512 === 0 || n > 10000 && n < 60000 && n % 512 === 0 ? new Error().stack!.split("\n").length : 0; if (d > most) { most = d; at = n; } return { done: n > 60000, value: n++ }; } }) };
  const [slow, fast] = fork<number>(2, { buffer: 8193 })(from(source as never)) as [Stream<number>, Stream<number>];
  const reader = (slow as ReadyStream<number>)[ready]();
  let seen = 0, slowly = 0;
  const whole = forEach(fast, () => void seen++);
  for (let some = await reader.read(); some; some = await reader.read()) {
    slowly += some.length;
    for (let i = 0; i < 30; i++) await new Promise(setImmediate);
    console.log(slowly, seen, most, at);
  }
  await whole;
});
