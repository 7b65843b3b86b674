/** A call that may buy something, checked and made recognisable before anything is decided about it. */
import { Problem } from '../http/problem.ts';
import type { Operation } from '../operation.ts';
import { fingerprints, standInUserId } from '../orders/fingerprint.ts';
import { makeOrderNo } from '../orders/order-no.ts';
import type { Attempt } from '../orders/replay.ts';
import { type CheckedRequest, textOf, validate } from '../request/validate.ts';
import type { Call, Context } from './context.ts';
import type { Replay } from './replay.ts';

/** A checked call. */
export interface Prepared {
  readonly about: Replay;
  /** Whether the caller chose the order number, so that the order may exist already. */
  readonly given: boolean;
  readonly attempt: Attempt;
  /** What the profile requires and the caller left out. */
  readonly standIns: CheckedRequest;
}

/** A store that fails before anything is sent: nothing was bought. @throws Problem `ledger-unavailable` */
export async function looked<T>(read: () => Promise<T>, orderNo?: string): Promise<T> {
  try {
    return await read();
  } catch {
    throw new Problem('ledger-unavailable', { orderNo });
  }
}

function check(
  operation: Operation,
  { input }: Call,
  { profile, stage, now }: Context,
): { readonly given: boolean; readonly request: Replay['request'] } {
  const given = typeof input === 'object' && input !== null && Object.hasOwn(input, 'orderNo');
  const object = typeof input === 'object' && input !== null && !Array.isArray(input);
  if (operation.order.kind === 'continues' && object && !given) throw new Problem('order-required');
  const checked = validate(operation, profile.name, input);
  if ('problem' in checked) throw new Problem(checked.problem, { errors: checked.errors });
  const orderNo = given ? textOf(checked.request, 'orderNo') : makeOrderNo(stage, now());
  return { given, request: { ...checked.request, orderNo } };
}

/**
 * Checks a call and takes its fingerprints.
 *
 * @throws Problem `order-required`, `invalid-request`, `media-invalid`, `ledger-unavailable`
 */
export async function prepare(
  operation: Operation,
  sibling: Operation | undefined,
  call: Call,
  context: Context,
): Promise<Prepared> {
  const { given, request } = check(operation, call, context);
  const { policy, now, newId, profile } = context;
  const key = await looked(context.fingerprintKey);
  const { order } = operation;
  const attempt: Attempt = {
    attemptId: newId(),
    operation: operation.name,
    caller: call.caller,
    isolated: policy.isolateCallers,
    ...fingerprints(key, policy.isolateCallers ? call.caller : '', operation.name, request),
    ...(order.kind === 'continues' ? { continues: order.from } : {}),
    oldestChallenge: now() - policy.challengeMaxAge * 1000,
  };
  const required = operation.wire.requires?.[profile.name] ?? [];
  const missing = required.includes('userId') && request.userId === undefined;
  const standIns: CheckedRequest = missing ? { userId: standInUserId(key, textOf(request, 'idNo')) } : {};
  return { about: { operation, sibling, request, call, context }, given, attempt, standIns };
}
