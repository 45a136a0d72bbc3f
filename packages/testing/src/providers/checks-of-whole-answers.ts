/** Checks of answers that come whole, by whatever way. */
import { demand } from "../check.js";
import { describeOutcome, show } from "../settle.js";
import { turns } from "../signals.js";
import { atEach, isFinish, type EngineCheck } from "./engine-check.js";
import { attempt, mostPieces, openCall, wholeAnswer } from "./engine-trial.js";
import { faults, type Fault } from "./faults.js";
import { areSameParts } from "./joined-parts.js";

const lazy: EngineCheck = {
  sentence: "nothing is requested before the first read",
  applies: ({ givesStream }) => givesStream,
  async holds(trial) {
    const call = openCall(trial);
    await turns(10);
    demand(trial.provider.requests.length === 0, "no request", `there are ${trial.provider.requests.length}`);
    await call.leave();
    await call.release();
  },
};

const finish: EngineCheck = {
  sentence: "a good reply ends with one finish, which is last",
  applies: ({ givesStream }) => givesStream,
  async holds(trial) {
    const parts = await wholeAnswer(trial);
    demand(parts.filter(isFinish).length === 1 && isFinish(parts.at(-1)), "one finish, at the end", `it ends with ${show(parts.at(-1))} and has ${parts.filter(isFinish).length}`);
  },
};

const ways: EngineCheck = {
  sentence: "cut into single bytes, compressed, or late, the reply gives the same parts",
  async holds(trial) {
    const whole = await wholeAnswer(trial);
    const chop = faults.chop(Math.ceil(trial.body.length / mostPieces));
    const faultOf: Readonly<Record<string, () => Fault>> = {
      "cut into single bytes": () => chop,
      compressed: () => faults.gzip(),
      "compressed and cut into single bytes": () => faults.all(faults.gzip(), chop),
      late: () => faults.slowFirstByte(turns(20)),
    };
    await atEach(Object.keys(faultOf), (way) => way, async (way) => {
      const { parts, error } = await attempt(trial, faultOf[way]?.());
      demand(error === undefined, "the reply to be read to its end", describeOutcome({ error }));
      demand(areSameParts(parts, whole), "the same parts", `they are ${show(parts)}`);
    });
  },
};

export const checksOfWholeAnswers: readonly EngineCheck[] = [lazy, finish, ways];
