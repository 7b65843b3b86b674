/** The order registry: numbers used, results kept, the liveness pair, attempts of a person, consents. */
import type { Operation } from '../operation.ts';
import { limitedPerson } from './magic.ts';
import type { Consent, Step } from './state.ts';
import { Refusal, textOf, type Upstream, type Values } from './upstream.ts';

const day = 86_400_000;

/** The ID number of a call, `x` as `X`. */
export const idNoOf = (operation: Operation, values: Values): string | undefined =>
  textOf(operation, values, 'idNo')?.toUpperCase();

/** The operation whose orders a query or question reads. */
export const creatorOf = ({ operations }: Upstream, operation: Operation): Operation | undefined =>
  operations.find(({ order }) => order.kind === 'creates' && order.query === operation.name);

/** Whether an operation records consents or asks for them: its question leaves only a trace. */
export const isAboutConsent = ({ operations }: Upstream, { order }: Operation): boolean =>
  order.kind === 'traces' ||
  (order.kind === 'creates' &&
    operations.some(({ name, order: asked }) => name === order.query && asked.kind === 'traces'));

/** What an operation did for an order number, while results are kept. */
export function stepOf({ state, settings, now }: Upstream, orderNo: string, operation: string): Step | undefined {
  const step = state.orders.get(orderNo)?.get(operation);
  return step && now() - step.at <= settings.retention * 1000 ? step : undefined;
}

/**
 * What the registry says about a number before a call is worked on: the step to repeat when that is the policy.
 * @throws Refusal when the number was used and may not be used again
 */
export function claim(upstream: Upstream, operation: Operation, orderNo: string): Step | undefined {
  const { state, settings } = upstream;
  const own = stepOf(upstream, orderNo, operation.name);
  if (own) {
    if (settings.orderReuse === 'reject') throw new Refusal('66660000');
    return settings.orderReuse === 'replay' ? own : undefined;
  }
  const from = operation.order.kind === 'continues' ? operation.order.from : undefined;
  const others = [...(state.orders.get(orderNo)?.keys() ?? [])].filter((name) => name !== from);
  const taken = others.some((name) => stepOf(upstream, orderNo, name));
  if (taken && settings.orderReuse !== 'execute') throw new Refusal('66660000');
  return undefined;
}

/**
 * The second call of the pair: the digits must have been issued for this order and ID number, and still live.
 * @throws Refusal
 */
export function requireChallenge(upstream: Upstream, operation: Operation, orderNo: string, values: Values): void {
  if (operation.order.kind !== 'continues') return;
  const issued = stepOf(upstream, orderNo, operation.order.from);
  const alive = issued?.code === '0' && upstream.now() - issued.at <= upstream.settings.lipsTtl * 1000;
  if (!alive || issued.subject !== idNoOf(operation, values)) throw new Refusal('66660022');
}

/** Writes down that a call was worked on. */
export function record(
  upstream: Upstream,
  operation: Operation,
  orderNo: string,
  step: Omit<Step, 'calls' | 'charged'>,
  calls: number,
  charged: number,
): void {
  const { orders } = upstream.state;
  const steps = orders.get(orderNo) ?? new Map<string, Step>();
  const before = steps.get(operation.name);
  steps.set(operation.name, {
    ...step,
    calls: (before?.calls ?? 0) + calls,
    charged: (before?.charged ?? 0) + charged,
  });
  orders.set(orderNo, steps);
}

/** Whether a person has used up the attempts of 24 hours. */
export function isExhausted({ state, settings, now }: Upstream, idNo: string): boolean {
  const limit =
    settings.personLimit ?? (idNo === limitedPerson.idNo ? limitedPerson.attempts : Number.POSITIVE_INFINITY);
  const since = now() - day;
  return (state.attempts.get(idNo) ?? []).filter((at) => at > since).length >= limit;
}

/** Counts an attempt of a person. */
export function countAttempt({ state, now }: Upstream, idNo: string): void {
  const since = now() - day;
  state.attempts.set(idNo, [...(state.attempts.get(idNo) ?? []).filter((at) => at > since), now()]);
}

const person = (operation: Operation, values: Values) => ({
  userId: textOf(operation, values, 'userId'),
  name: textOf(operation, values, 'name'),
  idNo: idNoOf(operation, values),
});

/** Records a consent. */
export function recordConsent({ state, now }: Upstream, operation: Operation, values: Values): void {
  state.consents.push({ at: now(), ...person(operation, values) });
}

/** The latest consent under this user number, else under this name and ID number. */
export function findConsent({ state }: Upstream, operation: Operation, values: Values): Consent | undefined {
  const { userId, name, idNo } = person(operation, values);
  const byUser = userId === undefined ? undefined : state.consents.findLast((consent) => consent.userId === userId);
  if (byUser || name === undefined || idNo === undefined) return byUser;
  return state.consents.findLast((consent) => consent.name === name && consent.idNo === idNo);
}
