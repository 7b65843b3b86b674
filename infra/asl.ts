/** Parts of the Amazon States Language, with JSONPath throughout: the interpreter of the local stage runs JSONata wrongly. */
import { sentAgain } from '../lib/verifications/sent-again.ts';

/** A state as the language spells it. */
export interface AslState {
  readonly Type: 'Task' | 'Choice' | 'Wait' | 'Parallel' | 'Pass';
  readonly [property: string]: unknown;
}
/** States by their names. */
export type States = Readonly<Record<string, AslState>>;

/** A state machine as the language spells it. */
export interface AslDefinition {
  readonly StartAt: string;
  readonly States: States;
  readonly TimeoutSeconds: number;
}

/** Errors after which the same order is sent again, and that of Lambda when it has not even started a step. */
export const triedAgain: readonly string[] = [...sentAgain, 'Lambda.TooManyRequestsException'];

/** Another call of the same order is under way. */
const occupied: (typeof sentAgain)[number] = 'order-in-progress';

/** Retries that do not come in waves: each wait is drawn between nothing and 2, 4, 8 seconds. */
export const spread = {
  IntervalSeconds: 2,
  BackoffRate: 2,
  MaxDelaySeconds: 60,
  MaxAttempts: 3,
  JitterStrategy: 'FULL',
};

/**
 * Retries that outlive a call under way, which may take half a minute: each wait is drawn between nothing and a minute,
 * so that all three together are shorter than that one time in fifty.
 */
const outliving = { ...spread, IntervalSeconds: 60 };

/** What is tried again of a step, and when. No error is in both: the first retrier that names it would take it. */
export const stepRetries: readonly object[] = [
  { ErrorEquals: triedAgain.filter((error) => error !== occupied), ...spread },
  { ErrorEquals: [occupied], ...outliving },
];

/** Every error goes on to a state; what it says is not kept. */
export const caught = (next: string) => [{ ErrorEquals: ['States.ALL'], ResultPath: null, Next: next }];

/** Tests a value that may be missing. */
export const holds = (path: string, test: Readonly<Record<string, unknown>>) => [
  // A path that is missing would end the execution.
  { Variable: path, IsPresent: true },
  { Variable: path, ...test },
];

/** Goes on to a state when all tests hold. */
export const whether = (name: string, tests: readonly object[], otherwise: string): AslState => ({
  Type: 'Choice',
  Choices: [{ And: tests, Next: name }],
  Default: otherwise,
});
