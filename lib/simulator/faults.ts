/** Faults: what can go wrong with a call besides its code. They are asked for by settings or by a marker in the media. */

import type { RandomBytes } from '../signing/nonce.ts';
import { fraction } from './random.ts';

/** Faults after which the call was worked on (and charged) all the same. */
const executing = [
  'slow',
  'late',
  'executed-no-answer',
  'truncated',
  'no-code',
  'wrong-order',
  'oversize',
  'duplicate',
] as const;
/** Faults before any work, unless `executed` is set. */
const refusing = ['reset', 'silence', 'html', 'status', 'code'] as const;

/** What goes wrong; docs/simulator.md says what each one does. */
export type FaultKind = (typeof executing)[number] | (typeof refusing)[number];

/** A fault, and for which calls. */
export interface Fault {
  readonly kind: FaultKind;
  /** For `reset`, `silence`, `html`, `status` and `code`: the call is worked on before it goes wrong. */
  readonly executed?: boolean;
  /** Upstream path it is for; without one, every call. */
  readonly path?: string;
  /** For so many calls; default 1, with `rate` no end. */
  readonly times?: number;
  /** Probability, 0 to 1. */
  readonly rate?: number;
  /** `slow` and `late`: milliseconds. */
  readonly ms?: number;
  /** `status`: HTTP status, default 500. */
  readonly status?: number;
  /** `code`: the upstream code, default 999999. */
  readonly code?: string;
}

/** Every kind of fault. */
export const faultKinds: readonly FaultKind[] = [...executing, ...refusing];

/** Upstream codes as they occur: numbers, on sibling hosts also words with dots. */
export const codePattern = /^(-?\d{1,10}|[A-Za-z][A-Za-z0-9.]{0,39})$/;

const absentOr = (value: unknown, check: (value: unknown) => boolean) => value === undefined || check(value);
const within = (low: number, high: number) => (value: unknown) =>
  typeof value === 'number' && value >= low && value <= high;

/** Whether a value from outside is a fault. */
export function checkFault(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, executed, path, times, rate, ms, status, code } = value as Record<string, unknown>;
  return (
    faultKinds.includes(kind as FaultKind) &&
    absentOr(executed, (flag) => typeof flag === 'boolean') &&
    absentOr(path, (text) => typeof text === 'string') &&
    absentOr(times, within(0, 1e9)) &&
    absentOr(rate, within(0, 1)) &&
    absentOr(ms, within(0, 600_000)) &&
    absentOr(status, within(200, 599)) &&
    absentOr(status, Number.isInteger) &&
    absentOr(code, (text) => typeof text === 'string' && codePattern.test(text))
  );
}

/** Whether the call is worked on although it goes wrong. */
export const executes = (fault: Fault): boolean =>
  fault.executed === true || (executing as readonly string[]).includes(fault.kind);

/** Faults after which the caller cannot read a code. */
export const lost: readonly FaultKind[] = [
  'reset',
  'silence',
  'executed-no-answer',
  'truncated',
  'html',
  'status',
  'no-code',
  'oversize',
];

/** Hands out the faults of the settings, one call at a time. */
export interface FaultQueue {
  /** The fault of this call, if any; counts it. */
  take(path: string): Fault | undefined;
}

/** A queue of the faults in the settings, from the first to the last. */
export function faultQueue(faults: readonly Fault[], random: RandomBytes): FaultQueue {
  const left = faults.map((fault) => fault.times ?? (fault.rate === undefined ? 1 : Number.POSITIVE_INFINITY));
  return {
    take(path) {
      for (const [index, fault] of faults.entries()) {
        if ((fault.path !== undefined && fault.path !== path) || left[index]! <= 0) continue;
        if (fault.rate !== undefined && fraction(random) >= fault.rate) continue;
        left[index]! -= 1;
        return fault;
      }
      return undefined;
    },
  };
}

/** The fault that a marker asks for: `fault=<kind>`, `slow=<ms>`, `fault=502`, `code=<code> executed=1`. */
export function faultOfMarker(marker: ReadonlyMap<string, string>): Fault | undefined {
  const slow = marker.get('slow');
  const word = marker.get('fault') ?? (slow === undefined ? undefined : 'slow');
  const executed = marker.get('executed') === '1';
  const code = marker.get('code');
  const number = (text: string | undefined) =>
    text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : undefined;
  let fault: Fault | undefined;
  if (word === undefined) fault = executed && code !== undefined ? { kind: 'code', code, executed } : undefined;
  else if (/^[45]\d\d$/.test(word)) fault = { kind: 'status', status: Number(word), executed };
  else
    fault = {
      kind: word as FaultKind,
      executed,
      code,
      status: number(marker.get('status')),
      ms: number(slow ?? marker.get('ms')),
    };
  // `late` would have to be known before the call is read.
  return fault && fault.kind !== 'late' && checkFault(fault) ? fault : undefined;
}
