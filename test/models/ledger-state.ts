/** States of the order model: one record, the attempts that want it, the resolvers, and the requests under way. */
import type { OrderState } from '../../lib/orders/record.ts';

/** What an attempt wants: an order of its own, or one of the two steps that share a record. */
export type Kind = 'buy' | 'challenge' | 'verify';

/** One request on its way, and what the upstream has made of it. `ok` and `no` were worked on. */
export type Call = 'travelling' | 'gone' | 'refused' | 'ok' | 'no';

/** Where an attempt is. */
export type At =
  | 'start'
  | 'look'
  | 'rerun'
  | 'continue'
  | 'mark'
  | 'seize'
  | 'send'
  | 'wait'
  | 'resend'
  | 'succeed'
  | 'reject'
  | 'give-up'
  | 'late'
  | 'free'
  | 'done'
  | 'crashed';

/** One attempt: a run of a handler. */
export interface Attempt {
  readonly kind: Kind;
  readonly at: At;
  /** The record bears its attempt id. */
  readonly owner: boolean;
  /** Nothing has been written since it read the record. */
  readonly fresh: boolean;
  /** Its time is over: it was frozen, and sends nothing any more. */
  readonly expired: boolean;
  readonly calls: readonly Call[];
}

/** The record. */
export interface Order {
  readonly step: Kind;
  readonly state: OrderState;
  readonly sends: number;
  /** The quarantine since it was sent is over. */
  readonly quiet: boolean;
  /** NOT FOUND was answered once, to a question asked after the quarantine. */
  readonly notFound: boolean;
}

/** A resolver that has read the record, and perhaps asked. */
export interface Resolver {
  readonly at: 'idle' | 'read' | 'asked';
  readonly fresh: boolean;
  /** The quarantine was over when it asked. */
  readonly quiet: boolean;
  readonly answer: 'none' | 'found' | 'found-rejected' | 'not-found' | 'failed';
}

/** One state of the world. */
export interface World {
  readonly order: Order | null;
  readonly attempts: readonly Attempt[];
  readonly resolvers: readonly Resolver[];
}

const bit = (value: boolean): string => (value ? '1' : '0');

const attemptKey = ({ kind, at, owner, fresh, expired, calls }: Attempt): string =>
  `${kind} ${at} ${bit(owner)}${bit(fresh)}${bit(expired)} ${calls.join()}`;

const resolverKey = ({ at, fresh, quiet, answer }: Resolver): string => `${at}${bit(fresh)}${bit(quiet)}${answer}`;

/** Equal for worlds that differ only in the names of their actors. */
export function worldKey({ order, attempts, resolvers }: World): string {
  const record = order
    ? `${order.step} ${order.state} ${order.sends}${bit(order.quiet)}${bit(order.notFound)}`
    : 'none';
  return `${record}|${attempts.map(attemptKey).sort().join('|')}|${resolvers.map(resolverKey).sort().join('|')}`;
}

/** How often the upstream worked on a step, `only` counting what it also completed. */
export function worked({ attempts }: World, step: Kind, only?: 'ok'): number {
  const calls = attempts.filter(({ kind }) => kind === step).flatMap((attempt) => attempt.calls);
  return calls.filter((call) => call === 'ok' || (call === 'no' && only === undefined)).length;
}

/** Whether nothing can follow from a state of the record without a client. */
export const isOver = (state: OrderState): boolean => state !== 'sent' && state !== 'unknown';

const idle: Resolver = { at: 'idle', fresh: false, quiet: false, answer: 'none' };

/** A world in which nothing has happened yet. */
export function freshWorld(kinds: readonly Kind[], resolvers: number): World {
  const attempts = kinds.map(
    (kind): Attempt => ({ kind, at: 'start', owner: false, fresh: false, expired: false, calls: [] }),
  );
  return { order: null, attempts, resolvers: Array.from({ length: resolvers }, () => idle) };
}

/** The record after a write: whoever had read it has read an older version now. */
export function written(world: World, order: Order): World {
  const stale = <T extends { readonly fresh: boolean }>(one: T): T => (one.fresh ? { ...one, fresh: false } : one);
  return { order, attempts: world.attempts.map(stale), resolvers: world.resolvers.map(stale) };
}

/** The world with one attempt changed. */
export const withAttempt = (world: World, index: number, change: Partial<Attempt>): World => ({
  ...world,
  attempts: world.attempts.map((attempt, at) => (at === index ? { ...attempt, ...change } : attempt)),
});

/** The world with one resolver changed. */
export const withResolver = (world: World, index: number, change: Partial<Resolver>): World => ({
  ...world,
  resolvers: world.resolvers.map((resolver, at) => (at === index ? { ...resolver, ...change } : resolver)),
});

/** The resolver of a next tick. */
export const asleep = idle;
