import type { Timeline } from '../../campaign/timeline.ts';

/** Milliseconds that Lambda gives a function. */
export const functionTimeout = 28_000;

/** What happens to a run at one of its effects, counted from 1. A frozen run goes on so many milliseconds later. */
export type Mishap =
  | { readonly kind: 'before' | 'after'; readonly at: number }
  | { readonly kind: 'freeze'; readonly at: number; readonly duration: number };

/** How one effect goes. */
export interface Fate {
  /** Milliseconds until it is carried out, and until its answer is back. */
  readonly there: number;
  readonly back: number;
  /** `refused`: not carried out, fails. `lost`: carried out, fails. `again`: carried out, and again by the SDK. */
  readonly kind: 'fine' | 'refused' | 'lost' | 'again';
  /** HTTP status of an upstream that does nothing. */
  readonly status?: number;
}

/** One invocation of the function: it lives until it answers, crashes, or is ended by its time limit. */
export interface Run {
  readonly name: string;
  readonly mishap: Mishap | undefined;
  readonly beganAt: number;
  /** Nothing of it goes on, not even its `finally`. */
  dead: boolean;
  done: boolean;
  /** Until when nothing of it goes on; Lambda does not count that time. */
  frozenUntil: number;
  effects: number;
}

/** Begins a run, and ends it after its time. */
export function beginRun(name: string, time: Timeline, mishap?: Mishap): Run {
  const run: Run = { name, mishap, beganAt: time.now(), dead: false, done: false, frozenUntil: 0, effects: 0 };
  time.after(functionTimeout, '', () => {
    if (!run.done && run.frozenUntil === 0) run.dead = true;
  });
  return run;
}

/**
 * One effect of a run: on its way, carried out as its fate says, answered, unless the run is gone by then.
 *
 * @throws what `act` throws, or `broken` when the fate is not kind
 */
export function effect<T>(run: Run, time: Timeline, fate: Fate, act: () => T, broken: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    if (run.dead) return;
    run.effects += 1;
    const mishap = run.mishap?.at === run.effects ? run.mishap : undefined;
    if (mishap?.kind === 'before') run.dead = true;
    if (run.dead) return;
    const settle = (answer: () => void): void => {
      if (run.dead) return;
      if (time.now() >= run.frozenUntil) answer();
      else time.after(run.frozenUntil - time.now(), '', () => settle(answer));
    };
    time.after(fate.there, '', () => {
      let answer = () => reject(broken());
      if (fate.kind !== 'refused') {
        try {
          let value = act();
          if (fate.kind === 'again') value = act();
          if (fate.kind !== 'lost') answer = () => resolve(value);
        } catch (error) {
          if (fate.kind !== 'lost') answer = () => reject(error as Error);
        }
      }
      if (mishap?.kind === 'after') run.dead = true;
      if (mishap?.kind === 'freeze') run.frozenUntil = time.now() + mishap.duration;
      time.after(fate.back, '', () => settle(answer));
    });
  });
}
