/** All elements of this package. */
import type { Readable, Writable } from "node:stream";
import type { Element } from "@iftk/graph";
import { agentElement, type AgentOptions } from "./chat/agent.js";
import { ask } from "./chat/ask.js";
import { chatElement } from "./chat/chat.js";
import { html } from "./chat/html.js";
import { markdown } from "./chat/markdown.js";
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
import { interval } from "./flow/interval.js";
import { concat, merge, zip } from "./flow/join.js";
import { loop } from "./flow/loop.js";
import { queue } from "./flow/queue.js";
import { rate } from "./flow/rate.js";
import { drop, take } from "./flow/take.js";
import { tee } from "./flow/tee.js";
import { debounce, delay, throttle } from "./flow/time.js";
import { letterCase, lower, upper } from "./text/case.js";
import { decode, encode } from "./text/decode.js";
import { lines } from "./text/lines.js";
import { replace } from "./text/replace.js";
import { sentences } from "./text/sentences.js";
import { prefix, template } from "./text/template.js";
import { text } from "./text/text.js";
import { words } from "./text/words.js";
import { asText } from "./values/as-text.js";
import { distinct } from "./values/distinct.js";
import { filter } from "./values/filter.js";
import { fromJsonl, toJsonl } from "./values/jsonl.js";
import { pick } from "./values/pick.js";
import { values } from "./values/values.js";

/** The surroundings of the elements: what written pipelines can reach, and no more. */
export interface StandardElementsOptions extends AgentOptions, FileOptions {
  readonly http?: HttpOptions | undefined;
  /** In place of the standard input; it serves one run. */
  readonly stdin?: Readable | undefined;
  /** In place of the standard output. */
  readonly stdout?: Writable | undefined;
}

/** The elements that need no surroundings. */
const plain: readonly Element[] = [
  ask, asText, batch, concat, count, debounce, decode, delay, distinct, drop, encode, filter, fromJsonl, html, interval, letterCase, lines, loop, lower, markdown, merge,
  pick, prefix, prompt, queue, rate, replace, sentences, take, tee, template, text, throttle, toJsonl, upper, values, words, zip,
];

/** The elements of this package, with the models, files, servers and streams that they may use. */
export function standardElements(options: StandardElementsOptions): readonly Element[] {
  const { http, stdin, stdout } = options;
  return [
    ...plain,
    agentElement(options),
    chatElement(options),
    translateElement(options),
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
