/** What the simulator remembers: small, without media. */

/** An access token. Times are epoch milliseconds. */
export interface Token {
  readonly value: string;
  readonly at: number;
  diesAt: number;
}

/** A ticket and the token it hangs on. */
export interface Ticket extends Token {
  readonly type: 'SIGN' | 'NONCE';
  readonly token: string;
  readonly userId?: string;
}

/** What one operation did for an order number. */
export interface Step {
  readonly at: number;
  readonly code: string;
  /** Small wire values that were sent and that the result depends on. */
  readonly sent: Readonly<Record<string, string>>;
  /** Values of the result that differ from the samples, by public path. */
  readonly values: Readonly<Record<string, string>>;
  /** ID number that the order is bound to. */
  readonly subject?: string;
  /** How often it was worked on, and how often charged. */
  readonly calls: number;
  readonly charged: number;
}

/** A recorded consent. */
export interface Consent {
  readonly at: number;
  readonly userId?: string;
  readonly name?: string;
  readonly idNo?: string;
}

/** Everything that is remembered. */
export interface State {
  tokens: Token[];
  tickets: Ticket[];
  /** By order number, then by operation. */
  readonly orders: Map<string, Map<string, Step>>;
  consents: Consent[];
  /** Attempts by ID number. */
  readonly attempts: Map<string, number[]>;
  /** Counts of the books by column, operation and code, separated by a blank. */
  readonly counts: Map<string, number>;
}

/** A simulator without a past. */
export const freshState = (): State => ({
  tokens: [],
  tickets: [],
  orders: new Map(),
  consents: [],
  attempts: new Map(),
  counts: new Map(),
});

const day = 86_400_000;

/** Forgets what can no longer matter. */
export function prune(state: State, now: number, retention: number): void {
  state.tokens = state.tokens.filter(({ diesAt }) => diesAt > now);
  state.tickets = state.tickets.filter(({ diesAt }) => diesAt > now);
  for (const [orderNo, steps] of state.orders) {
    if ([...steps.values()].every(({ at }) => now - at > retention * 1000)) state.orders.delete(orderNo);
  }
  for (const [idNo, times] of state.attempts) {
    if (times.every((at) => now - at > day)) state.attempts.delete(idNo);
  }
}
