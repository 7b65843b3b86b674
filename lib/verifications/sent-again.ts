/** Problems after which a step is asked for again: it is the same order, so whatever was bought is not bought twice. */
import type { ProblemSlug } from '../http/problems.ts';

/** Their slugs, which are the names of the errors that a step throws. */
export const sentAgain = [
  'ticket-unavailable',
  'ledger-unavailable',
  'media-unavailable',
  'upstream-unreachable',
  'upstream-circuit-open',
  'insufficient-time',
  'rate-limited',
  'order-in-progress',
] as const satisfies readonly ProblemSlug[];
