/** Exhaustive exploration of a model: every state that any order of events can lead to, once. */

/** A model whose states are plain values. */
export interface Model<S> {
  readonly initial: S;
  /** Equal for states that are the same but for the names of their actors. */
  readonly key: (state: S) => string;
  /** Everything that can happen next. */
  readonly next: (state: S) => Iterable<Step<S>>;
  /** What is wrong with a state. */
  readonly wrong: (state: S) => string | undefined;
  /** Whether nothing more has to happen. */
  readonly over: (state: S) => boolean;
}

/** One event and the state after it. */
export interface Step<S> {
  readonly event: string;
  /** Transition of the order that it took, if any. */
  readonly took?: string;
  readonly state: S;
}

/** What was found. */
export interface Explored {
  readonly states: number;
  readonly steps: number;
  readonly took: ReadonlyMap<string, number>;
  /** The shortest way to something wrong: its events, and what is wrong. */
  readonly violation?: { readonly events: readonly string[]; readonly what: string };
  /** States from which no end can be reached. */
  readonly stuck: number;
}

/** Explores breadth first, so that the first violation is a shortest one. `stop`: at the first violation. */
export function explore<S>({ initial, key, next, wrong, over }: Model<S>, stop = true): Explored {
  const ids = new Map<string, number>([[key(initial), 0]]);
  const queue: S[] = [initial];
  const came: { from: number; event: string }[] = [{ from: -1, event: '' }];
  const before: number[][] = [[]];
  const ends: number[] = [];
  const took = new Map<string, number>();
  let steps = 0;
  let violation: Explored['violation'];

  const wayTo = (id: number): string[] => {
    const events: string[] = [];
    for (let at = id; at > 0; at = came[at]!.from) events.push(came[at]!.event);
    return events.reverse();
  };

  for (let id = 0; id < queue.length; id += 1) {
    const state = queue[id]!;
    const what = wrong(state);
    if (what !== undefined) {
      violation ??= { events: wayTo(id), what };
      if (stop) break;
    }
    if (over(state)) ends.push(id);
    for (const { event, took: name, state: after } of next(state)) {
      steps += 1;
      if (name !== undefined) took.set(name, (took.get(name) ?? 0) + 1);
      const known = key(after);
      let to = ids.get(known);
      if (to === undefined) {
        to = queue.push(after) - 1;
        ids.set(known, to);
        came.push({ from: id, event });
        before.push([]);
      }
      before[to]!.push(id);
    }
  }
  return { states: queue.length, steps, took, violation, stuck: queue.length - reached(ends, before) };
}

/** How many states can reach one of these. */
function reached(ends: readonly number[], before: readonly (readonly number[])[]): number {
  const seen = new Set(ends);
  const queue = [...ends];
  for (const id of queue) {
    for (const from of before[id]!) {
      if (seen.has(from)) continue;
      seen.add(from);
      queue.push(from);
    }
  }
  return seen.size;
}
