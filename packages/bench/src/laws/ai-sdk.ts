/** The AI SDK over its own mock model, whose stream is the source that the laws bring. */
import { streamText } from "ai";
import { MockLanguageModelV4 } from "ai/test";

/** A source whose last token is this one ends without the model's `finish`. */
export const cut = "<cut>";

type StreamResult = Awaited<ReturnType<MockLanguageModelV4["doStream"]>>;
type Part = StreamResult["stream"] extends ReadableStream<infer P> ? P : never;

const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: 1, text: 1, reasoning: undefined },
};

/** The parts that a provider gives for the tokens, pulled one token at a time. */
function partsOf(source: AsyncIterable<string>, transform: (token: string) => string): ReadableStream<Part> {
  let iterator: AsyncIterator<string> | undefined;
  let isCut = false;
  return new ReadableStream<Part>(
    {
      async pull(controller) {
        if (!iterator) {
          iterator = source[Symbol.asyncIterator]();
          controller.enqueue({ type: "stream-start", warnings: [] });
          controller.enqueue({ type: "text-start", id: "1" });
        }
        const result = await iterator.next();
        if (!result.done && result.value !== cut) {
          controller.enqueue({ type: "text-delta", id: "1", delta: transform(result.value) });
          return;
        }
        isCut ||= !result.done;
        if (!isCut) {
          controller.enqueue({ type: "text-end", id: "1" });
          controller.enqueue({ type: "finish", finishReason: { unified: "stop", raw: "stop" }, usage });
        }
        controller.close();
      },
      async cancel() {
        await iterator?.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

/** The text stream of a call whose model gives the tokens of the source; it is called when it is read first. */
export function streamTokens(source: AsyncIterable<string>, transform: (token: string) => string, abortSignal: AbortSignal | undefined): AsyncIterable<string> {
  return {
    [Symbol.asyncIterator]() {
      const model = new MockLanguageModelV4({ doStream: () => Promise.resolve({ stream: partsOf(source, transform) }) });
      const { textStream } = streamText({ model, prompt: "go", maxRetries: 0, onError: () => {}, ...(abortSignal && { abortSignal }) });
      return textStream[Symbol.asyncIterator]();
    },
  };
}
