/** Stages behind a bus, behind a message port, and in a worker. */
import { createPubSub, pubSubStage, type PubSub } from "@iftk/core";
import { serveStages, workerStage, type WorkerPort } from "@iftk/core/worker";
import type { LawSubject } from "@iftk/testing/neutral";
import { served } from "./served.js";
import { startWorker } from "./start-worker.js";

type Event = { readonly type: "question"; readonly text: string } | { readonly type: "answer"; readonly text: string };

/** Subjects, by name. */
type Subjects = Readonly<Record<string, LawSubject>>;

/** A bus with one subscriber, which answers. */
export function answering(): PubSub<Event> {
  const bus = createPubSub<Event>({ onError: (error) => { throw error; } });
  bus.attach({ name: "oracle", subscribesTo: "question", publishes: "answer", size: 1, onEvent: ({ text }, { publish }) => publish({ type: "answer", text: `${text}!` }) });
  return bus;
}

const bus: LawSubject = {
  stage: () => pubSubStage(answering(), { output: "answer", size: 1 }),
  input: ["a", "b", "c"].map((text) => ({ type: "question", text })),
  output: ["a!", "b!", "c!"].map((text) => ({ type: "answer", text })),
  readsAhead: 4, // the two buffers, the event that the oracle handles and the one that is being published
};

/** The served stages as they are seen from the other end. */
function overPort(where: string, port: WorkerPort): Subjects {
  const stage = <Name extends keyof typeof served>(name: Name, ahead = 0) => workerStage<(typeof served)[Name]>(port, name, served[name].mode, ahead === 0 ? {} : { ahead });
  return {
    [`unary ${where}`]: { stage: () => stage("shout"), input: ["a"], output: ["A"], hanging: () => stage("deaf") },
    [`outputStream ${where}`]: { stage: () => stage("letters"), input: ["abc"], output: ["a", "b", "c"], hanging: () => stage("deafLetters") },
    [`inputStream ${where}`]: { stage: () => stage("join"), input: ["a", "b"], output: ["ab"] },
    [`bidi ${where}`]: { stage: () => stage("words"), input: ["a b", "c"], output: ["a", "b", "c"] },
    [`bidi ${where} that may be ahead`]: { stage: () => stage("words", 4), input: ["a b", "c"], output: ["a", "b", "c"], readsAhead: 5 },
  };
}

/** The subjects of this thread and those in a worker, and how what they hold open is closed. */
export function openSubjectsOfPorts(): { readonly inThread: Subjects; readonly inWorker: Subjects; readonly close: () => void } {
  const { port1, port2 } = new MessageChannel();
  const worker = startWorker();
  serveStages(port2, served);
  return {
    inThread: { "a bus": bus, ...overPort("over a message port", port1) },
    inWorker: overPort("in a worker", worker.port),
    close() {
      port1.close();
      port2.close();
      worker.stop();
    },
  };
}
