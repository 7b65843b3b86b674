/** Outcomes of calls, before they are wrapped. */
import type { Fault } from './faults.ts';
import type { Refusal, Values } from './upstream.ts';

/** What a call came to. */
export interface Outcome {
  readonly code: string;
  /** The parameter that 400101 names. */
  readonly named?: string;
  readonly values: Values;
  readonly orderNo?: string;
  /** Whether it was refused before any work. */
  readonly refused: boolean;
  /** Wire names left out of the answer. */
  readonly drop?: readonly string[];
  readonly fault?: Fault;
}

/** The outcome of a refusal. */
export const refusal = ({ code, named }: Pick<Refusal, 'code' | 'named'>): Outcome => ({
  code,
  named,
  values: {},
  refused: true,
});
