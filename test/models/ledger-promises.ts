/** What must hold in every state of the order model (reliability, section 4.3). */
import { isOver, type World, worked } from './ledger-state.ts';

/** More than one charge, or a charge that the record denies. */
export function brokenCharge(world: World): string | undefined {
  for (const step of ['buy', 'challenge', 'verify'] as const) {
    if (worked(world, step) > 1) return `${step} was worked on ${worked(world, step)} times`;
  }
  const { order } = world;
  if (order?.state === 'not-charged' && worked(world, order.step, 'ok') > 0) return 'not-charged, but charged';
  return undefined;
}

/** The first promise that a state breaks. */
export function brokenPromise(world: World): string | undefined {
  const { order, attempts } = world;
  const charge = brokenCharge(world);
  if (charge !== undefined) return charge;
  if (!order) return attempts.some(({ calls }) => calls.length > 0) ? 'a request without a record' : undefined;
  const { state, step, sends } = order;
  if (state === 'succeeded' && worked(world, step, 'ok') === 0) return 'succeeded, but never worked on';
  if (state === 'rejected' && worked(world, step) === 0) return 'rejected, but never worked on';
  if (state === 'not-processed' && worked(world, step) > 0) return 'not-processed, but worked on';
  for (const { owner, kind, calls } of attempts) {
    if (owner && calls.length > sends) return `${kind} has sent ${calls.length} times, recorded ${sends}`;
    if (calls.length === 2 && calls[0] !== 'refused') return 'a second send without a refused ticket';
    const free = state === 'not-processed' || state === 'not-charged';
    if (owner && free && calls.includes('travelling') && isOver(state)) return `${state} while a request travels`;
  }
  return sends > 2 ? 'more than two sends' : undefined;
}
