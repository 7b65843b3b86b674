/**
 * Every way an order may go (reliability, section 4.3), as data: the ledger builds its conditional writes from this table,
 * and tests compare what it does with it. A way that is not here does not exist.
 */
import type { OrderState } from './record.ts';

/** One way from state to state. */
export interface Transition {
  /** Who takes it: a handler that wants to buy, the attempt that owns the order, or the resolver. */
  readonly who: 'handler' | 'owner' | 'resolver';
  readonly when: string;
  /** States that it may start from; `none` is no record. */
  readonly from: readonly (OrderState | 'none')[];
  /** States that it ends in; `same` leaves the state as it is. */
  readonly to: readonly (OrderState | 'same')[];
  /** What must hold besides `from`: a DynamoDB condition, attributes with `#`, values with `:`. */
  readonly condition?: string;
}

const open = ['sent', 'unknown'] as const;
const mine = '#attemptId = :me';
const unchanged = '#version = :seen';

/** The table. T7 has three rows, because only what ends an order without an answer has to wait for the quarantine. */
export const transitions = {
  T1: {
    who: 'handler',
    when: 'a new order, before the first byte leaves',
    from: ['none'],
    to: ['sent'],
  },
  T1b: {
    who: 'handler',
    when: 'an order that nobody worked on runs again',
    from: ['not-processed'],
    to: ['sent'],
    condition: '#fingerprint = :mine',
  },
  T1c: {
    who: 'handler',
    when: "the next step takes over its challenge's record; `version` stands for all that was read, the caller included",
    from: ['succeeded'],
    to: ['sent'],
    condition: `#operation = :continued AND #subject = :owner AND #challenge.#issuedAt > :oldest AND ${unchanged}`,
  },
  T4: {
    who: 'owner',
    when: 'a final answer, also a late one',
    from: open,
    to: ['succeeded', 'rejected'],
    condition: mine,
  },
  T4r: {
    who: 'owner',
    when: 'the ticket was refused and there is a newer one: the second and last send',
    from: ['sent'],
    to: ['same'],
    condition: `${mine} AND #sends = :once`,
  },
  T5: {
    who: 'owner',
    when: 'no answer that proves anything: perhaps bought',
    from: ['sent'],
    to: ['unknown'],
    condition: mine,
  },
  T6: {
    who: 'owner',
    when: 'certainly not worked on',
    from: ['sent'],
    to: ['not-processed'],
    condition: mine,
  },
  T7: {
    who: 'resolver',
    when: 'the query found the order',
    from: open,
    to: ['succeeded', 'rejected'],
    condition: unchanged,
  },
  T7q: {
    who: 'resolver',
    when: 'nothing more can be learnt about the order, and its quarantine is over',
    from: open,
    to: ['not-charged', 'unresolved'],
    condition: `${unchanged} AND #sentAt < :quarantine`,
  },
  T7w: {
    who: 'resolver',
    when: 'the order waits for its next query',
    from: open,
    to: ['same'],
    condition: unchanged,
  },
} as const satisfies Readonly<Record<string, Transition>>;

/** The name of a transition. */
export type TransitionName = keyof typeof transitions;
/** The states that a transition may end in. */
export type Target<N extends TransitionName> = (typeof transitions)[N]['to'][number];
