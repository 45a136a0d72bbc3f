/** Checks of answers that break off, or are not what they should be. */
import { gzipSync } from "node:zlib";
import { demand } from "../check.js";
import { atEach, demandFailure, eventBoundaries, randomPlaces, type EngineCheck, type ErrorKind } from "./engine-check.js";
import { attempt, wholeAnswer, type EngineTrial } from "./engine-trial.js";
import { faults, type Fault } from "./faults.js";

const broken: ErrorKind = { code: "unavailable", reasons: ["truncated", "malformed"] };
const disconnected: ErrorKind = { code: "unavailable", reasons: ["truncated", "malformed", "connection"] };

/** Bytes of the body that any reader needs: of a document, those before the white space at its end. */
const neededBytes = ({ body, isStreamed }: EngineTrial): number => (isStreamed ? body.length : Buffer.from(body).toString("latin1").trimEnd().length);

/** Tries the fault after so many bytes, for each of these; the parts are to be a beginning of the answer, and the error of this kind. */
async function breaksAt(trial: EngineTrial, places: readonly number[], fault: (afterBytes: number) => Fault, kind: ErrorKind): Promise<void> {
  const whole = await wholeAnswer(trial);
  await atEach(places, (place) => `after ${place} of ${trial.body.length} bytes`, async (place) => void demandFailure(await attempt(trial, fault(place)), whole, kind));
}

const truncation: EngineCheck = {
  sentence: "a reply that ends early, as if that were all, is an error after what came: between any two events, and anywhere",
  applies: ({ hasEndMark }) => hasEndMark,
  holds: (trial) => breaksAt(trial, [...(trial.isStreamed ? eventBoundaries(trial.body) : []), ...randomPlaces(neededBytes(trial), 20)], faults.truncate, broken),
};

const closing: EngineCheck = {
  sentence: "a connection that is closed within the body is an error after what came",
  holds: (trial) => breaksAt(trial, randomPlaces(neededBytes(trial), 10, 2), faults.cut, disconnected),
};

const reset: EngineCheck = {
  sentence: "a connection that is reset within the body is an error after what came",
  holds: (trial) => breaksAt(trial, randomPlaces(neededBytes(trial), 10, 3), faults.reset, disconnected),
};

const compressedCut: EngineCheck = {
  sentence: "a compressed reply that ends early is an error after what came",
  applies: ({ hasEndMark }) => hasEndMark,
  // Of the last bytes, 8 are a checksum, and those before may end a block: a reader can have the whole without them.
  holds: (trial) => breaksAt(trial, randomPlaces(Math.max(1, gzipSync(trial.body).length - 24), 10, 4), faults.gzipCut, disconnected),
};

const garbage: EngineCheck = {
  sentence: "bytes that are mangled from some place on are an error after what came",
  applies: ({ hasEndMark }) => hasEndMark,
  holds: (trial) => breaksAt(trial, randomPlaces(neededBytes(trial), 10, 5), faults.garbage, broken),
};

const page: EngineCheck = {
  sentence: "a page of a proxy in place of the reply is an error that does not hold the page",
  async holds(trial) {
    const whole = await wholeAnswer(trial);
    const error = demandFailure(await attempt(trial, faults.html()), whole, broken);
    demand(!error.message.includes("Sign in"), "a message without the page", `it is ${error.message}`);
  },
};

const nothing: EngineCheck = {
  sentence: "a reply without a body is an error",
  async holds(trial) {
    const whole = await wholeAnswer(trial);
    demandFailure(await attempt(trial, faults.empty()), whole, broken);
  },
};

/** Documents that are JSON and yet no reply. */
const otherDocuments: readonly string[] = ['{"error":{"message":"The model is overloaded.","code":"overloaded"}}', "null", '"ok"'];

const otherJson: EngineCheck = {
  sentence: "JSON of another kind with status 200, such as an error, is an error",
  async holds(trial) {
    const whole = await wholeAnswer(trial);
    await atEach(otherDocuments, (body) => body, async (body) => void demandFailure(await attempt(trial, faults.status(200, { headers: { "content-type": "application/json" }, body })), whole));
  },
};

export const checksOfBrokenAnswers: readonly EngineCheck[] = [truncation, closing, reset, compressedCut, garbage, page, otherJson, nothing];
