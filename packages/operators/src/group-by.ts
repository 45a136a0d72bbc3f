/** One run of a stage for each key. */
import { StageError, type Bidi, type Stream } from "@iftk/core";
import { requireNumber } from "@iftk/core/authoring";
import { attentive, type Desk } from "./desk.js";
import { Inbox } from "./inbox.js";
import type { Inlet } from "./inlet.js";

/** What bounds the groups. */
export interface GroupByOptions {
  /** How many groups may be open; 64 by default. */
  readonly groups?: number;
  /** What happens when one more would be needed: the stream fails, or the input of the group that has been quiet for longest ends. */
  readonly whenFull?: "error" | "end-quietest";
  /** Values that may wait for one group; while they do the source is not read. 16 by default. */
  readonly buffer?: number;
}

interface Group<In, Key, Out> {
  readonly key: Key;
  readonly input: Inbox<In>;
  readonly output: Inlet<Out>;
}

/**
 * Runs a stage of its own for each key over the values of that key, and gives the results of all as they come.
 *
 * The order is kept within a key. Each group is read one value ahead; one that does not take its values holds up
 * the others once its buffer is full. A key whose stage has ended, with what still waited for it, begins anew with
 * its next value.
 *
 * @throws StageError `resource_exhausted` when a group is needed beyond the bound, unless the quietest is to end;
 * `invalid_argument` when a number is no whole number from 1 on.
 */
export function groupBy<In, Key, Out>(key: (value: In) => Key, stageOf: (key: Key) => Bidi<In, Out>, options: GroupByOptions = {}): Bidi<In, Out> {
  const limit = requireNumber("groupBy: groups", options.groups ?? 64, 1, "whole");
  const buffer = requireNumber("groupBy: buffer", options.buffer ?? 16, 1, "whole");
  const whenFull = options.whenFull ?? "error";
  return attentive(async function* groupBy(desk, input: Stream<In>) {
    const source = desk.open(input);
    /** In the order of their last value, the quietest first. */
    const groups = new Map<Key, Group<In, Key, Out>>();
    let next: { readonly value: In; readonly key: Key } | undefined;
    for (;;) {
      if (!next) {
        source.read();
        const arrival = source.take();
        if (arrival?.kind === "value") next = { value: arrival.value, key: key(arrival.value) };
        else if (arrival) for (const group of groups.values()) group.input.end();
      }
      if (next) {
        const group = groups.get(next.key) ?? begin(desk, next.key);
        if (group?.input.hasRoom && !group.input.isOver) {
          groups.delete(next.key);
          groups.set(next.key, group);
          group.input.push(next.value);
          next = undefined;
          continue;
        }
      }
      if (!next && groups.size === 0 && source.isOver && !source.first) return;
      const group = earliest();
      if (!group) {
        await desk.wait();
        continue;
      }
      const arrival = group.output.take();
      if (arrival?.kind === "value") yield arrival.value;
      else {
        groups.delete(group.key);
        await desk.drop(group.output);
      }
    }

    /** A new group, unless there is no room for it yet. */
    function begin(at: Desk, of: Key): Group<In, Key, Out> | undefined {
      if (groups.size < limit) {
        const stream = new Inbox<In>(buffer, () => at.wake());
        return { key: of, input: stream, output: at.open(stageOf(of)(stream, at.call)) };
      }
      const isEnding = [...groups.values()].some((group) => group.input.isOver);
      if (!isEnding && whenFull === "error") throw new StageError("resource_exhausted", `groupBy: a group beyond the ${limit} that may be open is needed; raise groups, or end the quietest`);
      if (!isEnding) groups.values().next().value?.input.end();
      return undefined;
    }

    /** The group whose result came first, after all that may be read are read. */
    function earliest(): Group<In, Key, Out> | undefined {
      let found: Group<In, Key, Out> | undefined;
      for (const group of groups.values()) {
        group.output.read();
        if ((group.output.first?.order ?? Infinity) < (found?.output.first?.order ?? Infinity)) found = group;
      }
      return found;
    }
  });
}
