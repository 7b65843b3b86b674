/** Problems of a step that provably bought nothing and may go better in a moment: the state machine tries it again. */
import type { ProblemSlug } from '../http/problems.ts';

/** Their slugs, which are the names of the errors that a step throws. */
export const boughtNothing = [
  'ticket-unavailable',
  'ledger-unavailable',
  'media-unavailable',
  'upstream-unreachable',
  'upstream-circuit-open',
  'insufficient-time',
  'rate-limited',
  'order-in-progress',
] as const satisfies readonly ProblemSlug[];
