/**
 * The order state machine as an executable model (reliability, section 4): attempts, resolvers and the upstream take one
 * step at a time in any order; every write may be applied with its answer lost, every actor may crash at any moment.
 */
import type { Model, Step } from './ledger-explore.ts';
import { brokenPromise } from './ledger-promises.ts';
import {
  type Attempt,
  asleep,
  freshWorld,
  isOver,
  type Kind,
  type Order,
  type World,
  withAttempt,
  withResolver,
  worked,
  worldKey,
  written,
} from './ledger-state.ts';

/** A design that section 4.6 says is wrong. */
export type Flaw = 'blind-retry' | 'takeover' | 'unfenced-sent' | 'hasty-not-found';

/** Who takes part. */
export interface Cast {
  readonly attempts: readonly Kind[];
  readonly resolvers: number;
  /** What the query operation can tell: nothing found proves that nothing was bought, or it does not; or none exists. */
  readonly query: 'proves' | 'finds' | 'none';
  readonly flaw?: Flaw;
}

type Steps = Generator<Step<World>>;

const sent = (step: Kind): Order => ({ step, state: 'sent', sends: 1, quiet: false, notFound: false });

/** A write that makes the order this attempt's own; its answer may be lost. */
function* claim(world: World, index: number, name: string): Steps {
  const { kind } = world.attempts[index]!;
  const others = { ...world, attempts: world.attempts.map((one) => (one.owner ? { ...one, owner: false } : one)) };
  const mine = withAttempt(written(others, sent(kind)), index, { owner: true, at: 'send' });
  yield { event: `${name} of ${kind}`, took: name, state: mine };
  yield { event: `${name} of ${kind}, answer lost`, took: name, state: withAttempt(mine, index, { at: 'look' }) };
}

/** A write of the owner, after which it is at `at`; its answer may be lost, then it tries again and fails. */
function* own(world: World, index: number, name: string, order: Order, at: Attempt['at']): Steps {
  const after = written(world, order);
  const took = name === 'T4r' ? name : `${name} ${world.order!.state} ${order.state}`;
  yield { event: took, took, state: withAttempt(after, index, { at }) };
  yield { event: `${took}, answer lost`, took, state: after };
}

function* look(world: World, index: number, flaw?: Flaw): Steps {
  const { order, attempts } = world;
  const { kind, owner } = attempts[index]!;
  const go = (at: Attempt['at'], fresh = false): Step<World> => ({
    event: `${kind} reads ${order?.state}: ${at}`,
    state: withAttempt(world, index, { at, fresh }),
  });
  if (owner) yield go('send');
  else if (!order) yield go(flaw === 'unfenced-sent' && kind !== 'verify' ? 'mark' : 'done');
  else if (order.step === 'challenge' && kind === 'verify')
    yield go(order.state === 'succeeded' ? 'continue' : 'done', true);
  else if (order.state === 'not-processed' && order.step === kind) yield go('rerun');
  else if (flaw === 'takeover' && !isOver(order.state)) yield go('seize');
  else yield go('done');
}

function* sending(world: World, index: number): Steps {
  const { expired, calls } = world.attempts[index]!;
  const free = withAttempt(world, index, { at: 'free' });
  yield { event: expired ? 'too late to send' : 'no connection', state: free };
  if (expired) return;
  yield { event: 'sends', state: withAttempt(world, index, { at: 'wait', calls: [...calls, 'travelling'] }) };
}

function* waiting(world: World, index: number, flaw?: Flaw): Steps {
  const { calls } = world.attempts[index]!;
  const go = (event: string, at: Attempt['at']): Step<World> => ({ event, state: withAttempt(world, index, { at }) });
  const answer = calls.at(-1);
  if (answer === 'ok') yield go('answer', 'succeed');
  if (answer === 'no') yield go('refusal of the data', 'reject');
  if (answer === 'refused') {
    if (calls.length === 1) yield go('ticket refused, a newer one', 'resend');
    yield go('ticket refused', 'free');
  }
  yield go('no answer', 'give-up');
  if (flaw === 'blind-retry' && calls.length === 1) yield go('no answer, tries again', 'send');
}

/** What an attempt can do. */
function* attemptSteps(world: World, index: number, flaw?: Flaw): Steps {
  const { order, attempts } = world;
  const attempt = attempts[index]!;
  const { kind, at, owner, fresh, calls } = attempt;
  if (at === 'done' || at === 'crashed') return;
  yield { event: `${kind} crashes`, state: withAttempt(world, index, { at: 'crashed' }) };
  const go = (next: Attempt['at']): Step<World> => ({
    event: `${kind}: ${next}`,
    state: withAttempt(world, index, { at: next }),
  });
  const mine = owner && order?.state === 'sent';
  const open = owner && order !== null && !isOver(order.state);
  switch (at) {
    case 'start':
      if (kind === 'verify' || order || flaw === 'unfenced-sent') yield go('look');
      else yield* claim(world, index, 'T1');
      return;
    case 'look':
      return yield* look(world, index, flaw);
    case 'mark':
    case 'seize':
      return yield* claim(world, index, at);
    case 'rerun':
      if (order?.state === 'not-processed' && order.step === kind) yield* claim(world, index, 'T1b');
      else yield go('look');
      return;
    case 'continue':
      if (fresh) yield* claim(world, index, 'T1c');
      else yield go('look');
      return;
    case 'send':
      return yield* sending(world, index);
    case 'wait':
      return yield* waiting(world, index, flaw);
    case 'resend':
      if (mine && order.sends === 1) yield* own(world, index, 'T4r', { ...order, sends: 2 }, 'send');
      // It reads that the second send is its own.
      if (mine && order.sends === 2) yield go('send');
      yield go('free');
      return;
    case 'succeed':
    case 'reject':
      if (open)
        yield* own(world, index, 'T4', { ...order, state: at === 'succeed' ? 'succeeded' : 'rejected' }, 'done');
      else yield go('done');
      return;
    case 'give-up':
      if (mine) yield* own(world, index, 'T5', { ...order, state: 'unknown' }, 'late');
      else yield go('late');
      return;
    case 'late':
      if (calls.at(-1) === 'ok') yield go('succeed');
      if (calls.at(-1) === 'no') yield go('reject');
      yield go('done');
      return;
    case 'free':
      if (mine) yield* own(world, index, 'T6', { ...order, state: 'not-processed' }, 'done');
      else yield go('done');
  }
}

/** What the upstream can do with the requests of an attempt. */
function* upstreamSteps(world: World, index: number): Steps {
  const { kind, calls } = world.attempts[index]!;
  for (const [at, call] of calls.entries()) {
    if (call !== 'travelling') continue;
    for (const fate of ['ok', 'no', 'refused', 'gone'] as const) {
      const state = withAttempt(world, index, { calls: calls.with(at, fate) });
      yield { event: `the upstream: ${kind} ${fate}`, state };
    }
  }
}

/** What a resolver can do. */
function* resolverSteps(world: World, index: number, { query, flaw }: Cast): Steps {
  const { order } = world;
  const { at, fresh, quiet, answer } = world.resolvers[index]!;
  if (at === 'idle') {
    if (!order || isOver(order.state)) return;
    yield {
      event: 'resolver reads',
      state: withResolver(world, index, { at: 'read', fresh: true, quiet: order.quiet }),
    };
    return;
  }
  yield { event: 'resolver crashes', state: withResolver(world, index, asleep) };
  if (at === 'read') {
    const asked = (said: typeof answer): Step<World> => ({
      event: `the query: ${said}`,
      state: withResolver(world, index, { at: 'asked', answer: said }),
    });
    const { step } = order!;
    const [any, found] = [worked(world, step), worked(world, step, 'ok')];
    yield asked('failed');
    if (query === 'none') return;
    if (found > 0) yield asked('found');
    else {
      // The queries of some operations know failed orders, those of others do not.
      if (any > 0) yield asked('found-rejected');
      yield asked('not-found');
    }
    return;
  }
  const done = (after: World): World => withResolver(after, index, asleep);
  const write = (name: string, change: Partial<Order>): Step<World> => {
    const state = done(written(world, { ...order!, ...change }));
    const took = name === 'T7w' ? `T7w ${order!.state}` : `${name} ${order!.state} ${change.state}`;
    return { event: took, took, state };
  };
  if (!fresh) yield { event: 'somebody has moved it on', state: done(world) };
  else if (answer === 'found') yield write('T7', { state: 'succeeded' });
  else if (answer === 'found-rejected') yield write('T7', { state: 'rejected' });
  else if (answer === 'failed') {
    yield write('T7w', {});
    if (quiet) yield write('T7q', { state: 'unresolved' });
  } else if (flaw === 'hasty-not-found') yield write('T7q', { state: 'not-charged' });
  else if (!quiet) yield write('T7w', {});
  else if (!order!.notFound) yield write('T7w', { notFound: true });
  else yield write('T7q', { state: query === 'proves' ? 'not-charged' : 'unresolved' });
}

/**
 * Five minutes pass since the order was sent: by then every request has arrived or never will, and whoever sent it is dead
 * or knows that its time is over.
 */
function* quarantine(world: World): Steps {
  const { order, attempts } = world;
  if (!order || order.quiet || isOver(order.state)) return;
  if (attempts.some(({ calls }) => calls.includes('travelling'))) return;
  const waited = attempts.map((one) => (one.owner ? { ...one, expired: true } : one));
  yield { event: 'the quarantine is over', state: { ...world, order: { ...order, quiet: true }, attempts: waited } };
}

/** The model with this cast; `wrong` says what must not be. */
export function ledgerModel(cast: Cast, wrong = brokenPromise): Model<World> {
  return {
    initial: freshWorld(cast.attempts, cast.resolvers),
    key: worldKey,
    wrong,
    over: ({ order }) => order === null || isOver(order.state),
    *next(world) {
      for (const index of world.attempts.keys()) {
        yield* attemptSteps(world, index, cast.flaw);
        yield* upstreamSteps(world, index);
      }
      for (const index of world.resolvers.keys()) yield* resolverSteps(world, index, cast);
      yield* quarantine(world);
    },
  };
}
