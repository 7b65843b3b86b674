/** Runs: one invocation of a function each. It lives until it answers, crashes, or is ended by its time limit. */
import type { Timeline } from './timeline.ts';
import type { Fate, Mishap } from './weather.ts';

/** Milliseconds that Lambda gives a function. */
export const functionTimeout = 28_000;

/** One invocation of a function. */
export interface Run {
  readonly name: string;
  readonly startedAt: number;
  readonly mishap: Mishap | undefined;
  /** A killed process: nothing of it goes on, not even its `finally`. */
  dead: boolean;
  done: boolean;
  /** Calls of dependencies so far, and those of them that have no answer yet. */
  calls: number;
  open: number;
  /** Until when nothing of it goes on; it then does, long after its time, as code does that a later invocation thaws. */
  frozenUntil: number;
  /** Attempt ids that it was given. */
  readonly attempts: Set<string>;
  /** Calls of a buying endpoint whose bytes have left, by operation. */
  readonly sends: string[];
  /** Codes of the answers to them that arrived; empty for an answer without one. */
  readonly heard: string[];
  /** Staged files that its request names. */
  files: readonly string[];
}

/** A run that nothing has happened to. */
export const startRun = (name: string, startedAt: number, mishap: Mishap | undefined): Run => ({
  name,
  startedAt,
  mishap,
  dead: false,
  done: false,
  calls: 0,
  open: 0,
  frozenUntil: 0,
  attempts: new Set(),
  sends: [],
  heard: [],
  files: [],
});

/** The milliseconds that Lambda says are left. */
export const remainingOf = (run: Run, timeline: Timeline) => (): number =>
  run.startedAt + functionTimeout - timeline.now();

/** What runs do with the outside world passes through here. */
export interface Calls {
  /** Ends the run when its time is over, unless it has been frozen. */
  readonly limit: (run: Run) => void;
  /** Counts something that went wrong. */
  readonly fault: () => void;
  readonly faults: () => number;
  /** Counts a call and gives it a number; null: the run is killed before it makes it. */
  readonly begin: (run: Run) => number | null;
  /** A call has left: the run is killed if that is its fate. */
  readonly left: (run: Run, call: number) => void;
  /** Settles a call in `delay` milliseconds if it is still open and the run still there; later if the run is frozen. */
  readonly settle: (
    run: Run,
    call: number,
    what: string,
    delay: number,
    settle: () => void,
    open?: () => boolean,
  ) => void;
  /**
   * Carries out `act` as the fate says.
   * @throws what `act` throws, or `broken` when the fate is not kind
   */
  readonly store: <T>(run: Run, what: string, fate: Fate, act: () => T, broken: () => Error) => Promise<T>;
}

/** The calls of all runs on one timeline. */
export function callsOn(timeline: Timeline): Calls {
  let faults = 0;
  const fault = () => {
    faults += 1;
  };
  const kill = (run: Run, why: string): void => {
    if (run.dead || run.done) return;
    run.dead = true;
    fault();
    timeline.note(`${run.name} ${why}`);
  };
  const begin: Calls['begin'] = (run) => {
    run.calls += 1;
    if (run.mishap?.kind === 'crash-before' && run.mishap.at === run.calls) kill(run, 'crashes');
    run.open += 1;
    return run.dead ? null : run.calls;
  };
  const left: Calls['left'] = (run, call) => {
    if (run.mishap?.kind === 'crash-after' && run.mishap.at === call) kill(run, 'crashes');
  };
  const thawed = (run: Run, what: string, settleIt: () => void, open: () => boolean): void => {
    if (run.dead || !open()) return;
    if (timeline.now() < run.frozenUntil) {
      timeline.after(run.frozenUntil - timeline.now(), '', () => thawed(run, what, settleIt, open));
      return;
    }
    timeline.note(`${run.name} ${what}`);
    run.open -= 1;
    settleIt();
  };
  const settle: Calls['settle'] = (run, call, what, delay, settleIt, open = () => true) => {
    if (run.mishap?.kind === 'freeze' && run.mishap.at === call && run.frozenUntil === 0) {
      run.frozenUntil = timeline.now() + Math.ceil(delay) + run.mishap.duration;
      fault();
      timeline.note(`${run.name} freezes for ${run.mishap.duration} ms`);
    }
    timeline.after(delay, '', () => thawed(run, what, settleIt, open));
  };
  return {
    limit: (run) =>
      timeline.after(functionTimeout, '', () => {
        if (run.frozenUntil === 0) kill(run, 'is ended by its time limit');
      }),
    fault,
    faults: () => faults,
    begin,
    left,
    settle,
    store: (run, what, fate, act, broken) =>
      new Promise((resolve, reject) => {
        const call = begin(run);
        if (call === null) return;
        timeline.after(fate.there, '', () => {
          let settleIt = () => reject(broken());
          if (fate.kind !== 'fine') fault();
          if (fate.kind !== 'refused') {
            timeline.note(`${run.name} ${what}${fate.kind === 'fine' ? '' : ` (${fate.kind})`}`);
            try {
              let value = act();
              if (fate.kind === 'again') value = act();
              if (fate.kind !== 'lost') settleIt = () => resolve(value);
            } catch (error) {
              if (fate.kind !== 'lost') settleIt = () => reject(error as Error);
            }
          }
          left(run, call);
          settle(run, call, `gets ${what}`, fate.back, settleIt);
        });
      }),
  };
}
