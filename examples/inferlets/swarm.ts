/** A planner, four workers and a collector, which know of each other by their messages only. */
import { Context, messaging, Model, runtime, Sampler, session } from "@iftk/inferlet";
import { inferlet, type Inferlet } from "@iftk/inferlet/session";
import { type Example, runInferlet } from "./run-inferlet.js";

interface Task {
  readonly index: number;
  readonly subject: string;
}
interface Story extends Task {
  readonly text: string;
}

/** Takes one task after the other until it hears that all is over; gives how many it did. */
const worker = (): Inferlet<never, never, number> =>
  inferlet(async () => {
    const model = await Model.load();
    const over = messaging.subscribe("over")[Symbol.asyncIterator]().next();
    for (let count = 0; ; count++) {
      const task = await Promise.race([messaging.pull("tasks") as Promise<Task>, over.then(() => undefined)]);
      if (task === undefined) return count;
      using context = new Context(model).user(`Tell me a story about ${task.subject}.`);
      const text = await context.generateText(Sampler.greedy(), { maxTokens: 40 });
      await messaging.push("stories", { ...task, text } satisfies Story);
    }
  });

/** Puts the stories, which come as they are done, into the order in which they were asked for, and says when that is all. */
const collector = (count: number): Inferlet<never, never, readonly Story[]> =>
  inferlet(async () => {
    const stories: Story[] = [];
    while (stories.length < count) stories.push((await messaging.pull("stories")) as Story);
    await messaging.broadcast("over", count);
    return stories.toSorted((one, other) => one.index - other.index);
  });

export const swarm: Example = {
  about: "Has four workers tell stories at once, whose tokens share the passes of the model, and puts the stories in order.",
  input: { name: "subjects", value: "a fox, a robot, a whale, a key, an owl, a map, a bear, a ring, a frog, a lion, a cup, a crow" },
  others: { worker, collector },

  program: (input) =>
    inferlet(async () => {
      const { backend } = await Model.load();
      const before = backend.statistics;
      const subjects = input.split(/,\s*/);
      const [stories, counts] = await Promise.all([
        runtime.spawn<readonly Story[]>("collector", subjects.length),
        Promise.all(Array.from({ length: 4 }, () => runtime.spawn<number>("worker"))),
        Promise.all(subjects.map((subject, index) => messaging.push("tasks", { index, subject } satisfies Task))),
      ]);
      for (const { subject, text } of stories) await session.send(`${subject}: ${text.trim().replace(/\s+/gu, " ")} …\n`);
      const { decodes, tokens } = backend.statistics;
      return { subjects: stories.map(({ subject }) => subject), counts, tokens: tokens - before.tokens, passes: decodes - before.decodes };
    }),
};

await runInferlet(import.meta.url, swarm);
