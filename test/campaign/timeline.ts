/** Virtual time: things happen one after the other, and between two of them everything that can run has run. */
import { createHash } from 'node:crypto';
import type { Dice } from './dice.ts';

interface Happening {
  readonly at: number;
  /** Decides between happenings of the same moment. */
  readonly rank: number;
  readonly what: string;
  readonly act: () => void;
}

/** A clock and what is to happen. */
export interface Timeline {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Lets something happen in `delay` milliseconds. An empty name leaves it out of the trace. */
  readonly after: (delay: number, what: string, act: () => void) => void;
  /** Writes a line into the trace. */
  readonly note: (line: string) => void;
  /** Runs until nothing is left, or until this time. `check` looks at the world after each happening. */
  readonly run: (check: () => void, until?: number) => Promise<void>;
  /** Everything that happened, a line each. */
  readonly trace: readonly string[];
  /** One value that two runs share exactly when their traces are equal. */
  readonly digest: () => string;
}

/** Lets all promises that can settle do so. No code under test waits for anything but promises that it is handed. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A timeline that begins at `start` (epoch milliseconds). */
export function timeline(start: number, dice: Dice): Timeline {
  let clock = start;
  const ahead: Happening[] = [];
  const trace: string[] = [];
  const note = (line: string) => trace.push(`${((clock - start) / 1000).toFixed(3)} ${line}`);

  /** A binary heap: the next happening comes first. */
  const before = (a: Happening, b: Happening) => a.at < b.at || (a.at === b.at && a.rank < b.rank);
  function push(happening: Happening): void {
    let at = ahead.push(happening) - 1;
    for (let up = (at - 1) >> 1; at > 0 && before(happening, ahead[up]!); up = (at - 1) >> 1) {
      ahead[at] = ahead[up]!;
      at = up;
    }
    ahead[at] = happening;
  }
  function pop(): Happening {
    const first = ahead[0]!;
    const last = ahead.pop()!;
    if (ahead.length === 0) return first;
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      if (down >= ahead.length) break;
      if (down + 1 < ahead.length && before(ahead[down + 1]!, ahead[down]!)) down += 1;
      if (!before(ahead[down]!, last)) break;
      ahead[at] = ahead[down]!;
      at = down;
    }
    ahead[at] = last;
    return first;
  }

  return {
    now: () => clock,
    note,
    trace,
    after: (delay, what, act) => push({ at: clock + Math.max(0, Math.round(delay)), rank: dice.fraction(), what, act }),
    async run(check, until = Number.POSITIVE_INFINITY) {
      while (ahead.length > 0 && ahead[0]!.at <= until) {
        const { at, what, act } = pop();
        clock = Math.max(clock, at);
        if (what !== '') note(what);
        act();
        await settled();
        check();
      }
      if (Number.isFinite(until)) clock = Math.max(clock, until);
    },
    digest: () => createHash('sha256').update(trace.join('\n')).digest('hex').slice(0, 16),
  };
}
