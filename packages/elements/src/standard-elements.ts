/** All elements of this package. */
import type { Readable, Writable } from "node:stream";
import type { Element } from "@iftk/graph";
import { agentElement, type AgentOptions } from "./chat/agent.js";
import { ask } from "./chat/ask.js";
import { chatElement } from "./chat/chat.js";
import { converseElement } from "./chat/converse.js";
import { html } from "./chat/html.js";
import { markdown } from "./chat/markdown.js";
import { classifyElement, objectElement } from "./chat/object.js";
import { prompt } from "./chat/prompt.js";
import { translateElement } from "./chat/translate.js";
import { fileElement } from "./files/file.js";
import type { HttpOptions } from "./files/guarded-request.js";
import { httpElement, httpGetElement } from "./files/http.js";
import type { FileOptions } from "./files/place.js";
import { readBytesElement, readElement } from "./files/read.js";
import { stdinElement } from "./files/stdin.js";
import { consoleElement, stdoutElement } from "./files/stdout.js";
import { batch } from "./flow/batch.js";
import { count } from "./flow/count.js";
import { discard } from "./flow/discard.js";
import { flatten } from "./flow/flatten.js";
import { interval } from "./flow/interval.js";
import { combine, concat, merge, race, zip } from "./flow/join.js";
import { loop } from "./flow/loop.js";
import { queue } from "./flow/queue.js";
import { rate } from "./flow/rate.js";
import { drop, take } from "./flow/take.js";
import { tee } from "./flow/tee.js";
import { debounce, delay, throttle } from "./flow/time.js";
import { timeout } from "./flow/timeout.js";
import { last, sample, timestamp, window } from "./flow/window.js";
import { analyzeImageElement } from "./models/analyze-image.js";
import { completeElement, type BackendOptions } from "./models/complete.js";
import { drawElement } from "./models/draw.js";
import { embedElement } from "./models/embed.js";
import type { ModelStagesOptions } from "./models/model-stages.js";
import { rerankElement } from "./models/rerank.js";
import { speakElement } from "./models/speak.js";
import { transcribeElement } from "./models/transcribe.js";
import { letterCase, lower, upper } from "./text/case.js";
import { decode, encode } from "./text/decode.js";
import { join, trim } from "./text/join.js";
import { lines } from "./text/lines.js";
import { replace } from "./text/replace.js";
import { sentences } from "./text/sentences.js";
import { prefix, template } from "./text/template.js";
import { text } from "./text/text.js";
import { words } from "./text/words.js";
import { asText } from "./values/as-text.js";
import { distinct } from "./values/distinct.js";
import { filter } from "./values/filter.js";
import { fromCsv, fromJson } from "./values/from-json.js";
import { fromJsonl, toJsonl } from "./values/jsonl.js";
import { pick } from "./values/pick.js";
import { statistics } from "./values/statistics.js";
import { values } from "./values/values.js";

/** The surroundings of the elements: what written pipelines can reach, and no more. */
export interface StandardElementsOptions extends AgentOptions, BackendOptions, FileOptions, ModelStagesOptions {
  readonly http?: HttpOptions | undefined;
  /** In place of the standard input; it serves one run. */
  readonly stdin?: Readable | undefined;
  /** In place of the standard output. */
  readonly stdout?: Writable | undefined;
}

/** The elements that need no surroundings. */
const plain: readonly Element[] = [
  ask, asText, batch, combine, concat, count, debounce, decode, delay, discard, distinct, drop, encode, filter, flatten, fromCsv, fromJson, fromJsonl, html, interval, join, last, letterCase,
  lines, loop, lower, markdown, merge, pick, prefix, prompt, queue, race, rate, replace, sample, sentences, statistics, take, tee, template, text, throttle, timeout, timestamp, toJsonl, trim,
  upper, values, window, words, zip,
];

/** The elements of this package, with the models, files, servers and streams that they may use. */
export function standardElements(options: StandardElementsOptions): readonly Element[] {
  const { http, stdin, stdout } = options;
  return [
    ...plain,
    agentElement(options),
    chatElement(options),
    classifyElement(options),
    converseElement(options),
    objectElement(options),
    translateElement(options),
    analyzeImageElement(options),
    completeElement(options),
    drawElement(options),
    embedElement(options),
    rerankElement(options),
    speakElement(options),
    transcribeElement(options),
    fileElement(options),
    readElement(options),
    readBytesElement(options),
    httpElement(http),
    httpGetElement(http),
    stdinElement(stdin),
    stdoutElement(stdout),
    consoleElement(stdout),
  ];
}
