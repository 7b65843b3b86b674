/**
 * The circuit breaker (reliability: DEP-8): an outage of the upstream must not become thousands of orders of unknown
 * outcome. It lives in memory, one per process, so the normal path costs nothing.
 */

/** Orders of unknown outcome in a row, after which nothing is sent. */
const most = 5;
/** Milliseconds until one call may try again. */
const pause = 30_000;

/** What became of a call: an answer, none that proves anything, or no connection. */
export type Ending = 'answered' | 'unknown' | 'not-sent';

/** The leave to make one call. */
export interface Pass {
  /** Tells what became of the call. */
  settle(ending: Ending): void;
  /** Gives the leave back if the call was not made. Does nothing after `settle`. */
  release(): void;
}

/** Lets calls through, by operation. */
export interface Breaker {
  /** Null: not now. */
  enter(operation: string): Pass | null;
}

interface Circuit {
  /** Calls of unknown outcome since the last answer. */
  unknown: number;
  /** Epoch milliseconds; null while the circuit is closed. */
  openUntil: number | null;
}

/** A breaker on a clock of epoch milliseconds. */
export function createBreaker(now: () => number): Breaker {
  const circuits = new Map<string, Circuit>();
  return {
    enter(operation) {
      const circuit = circuits.get(operation) ?? { unknown: 0, openUntil: null };
      circuits.set(operation, circuit);
      const { openUntil } = circuit;
      if (openUntil !== null && now() < openUntil) return null;
      const probing = openUntil !== null;
      // One call tries; should its process stop with it, the next may after another pause.
      if (probing) circuit.openUntil = now() + pause;
      let settled = false;
      return {
        settle(ending) {
          settled = true;
          if (ending === 'answered') Object.assign(circuit, { unknown: 0, openUntil: null });
          if (ending === 'unknown') circuit.unknown += 1;
          if ((probing && ending !== 'answered') || (ending === 'unknown' && circuit.unknown >= most)) {
            circuit.openUntil = now() + pause;
          }
        },
        release() {
          if (probing && !settled) circuit.openUntil = now();
        },
      };
    },
  };
}
