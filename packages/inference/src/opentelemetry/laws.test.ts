import { intercept, outputStream, unary } from "@iftk/core";
import { feed, stageLaws } from "@iftk/testing";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider } from "@opentelemetry/sdk-trace-base";
import { genAiTelemetry } from "./index.js";

const never = (): Promise<never> => new Promise(() => {});
const shout = unary(async function shout(word: string) {
  return Promise.resolve(word.toUpperCase());
});
const letters = outputStream(async function* letters(word: string) {
  yield* feed(...word);
});
const deaf = unary<string, string>(never);
const deafStream = outputStream<string, string>(async function* deafStream() {
  yield await never();
});

const recording = { tracer: new BasicTracerProvider().getTracer("test"), meter: new MeterProvider().getMeter("test"), content: true };
for (const [name, sdk] of [["with the SDK", recording], ["without the SDK", {}]] as const) {
  const telemetry = genAiTelemetry({ provider: "acme", ...sdk });
  stageLaws(`genAiTelemetry ${name} over unary`, { stage: () => intercept(shout, telemetry), input: ["a"], output: ["A"], hanging: () => intercept(deaf, telemetry) });
  stageLaws(`genAiTelemetry ${name} over outputStream`, { stage: () => intercept(letters, telemetry), input: ["abc"], output: ["a", "b", "c"], hanging: () => intercept(deafStream, telemetry) });
}
