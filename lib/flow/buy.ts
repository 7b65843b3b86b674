/** Calls that may buy something: one order, at most one charge, and never an outcome that is not known. */
import { Problem, type ProblemFacts } from '../http/problem.ts';
import type { ProblemSlug } from '../http/problems.ts';
import type { Operation } from '../operation.ts';
import { fingerprints, standInUserId } from '../orders/fingerprint.ts';
import { makeOrderNo } from '../orders/order-no.ts';
import type { Attempt, Verdict } from '../orders/replay.ts';
import { type CheckedRequest, textOf, validate } from '../request/validate.ts';
import type { Answered } from './answer.ts';
import type { Pass } from './breaker.ts';
import type { Call, Context } from './context.ts';
import { callLimit, enoughTime } from './deadline.ts';
import { purchase } from './purchase.ts';
import { replay } from './replay.ts';
import { settleByInput } from './settle.ts';

/**
 * Runs an operation that leaves an order.
 *
 * @param sibling the free operation that reads its result again
 * @throws Problem
 */
export async function buy(
  operation: Operation,
  sibling: Operation | undefined,
  call: Call,
  context: Context,
): Promise<Answered> {
  const { given, checked } = check(operation, call, context);
  const { attempt, standIns } = await prepare(operation, checked, call, context);
  const { orderNo } = checked;
  const about = { operation, sibling, request: checked, call, context };
  const look = () => looked(() => context.ledger.look({ ...attempt, orderNo }), orderNo);
  const again = async (verdict: Verdict): Promise<Answered> => {
    const settled = await settleByInput(verdict, about);
    return replay(settled ? ((await look()) ?? verdict) : verdict, about);
  };
  /** What an order that exists already answers: no limit, ticket or breaker concerns it. */
  const existing = async (): Promise<Verdict | null> => {
    const verdict = given ? await look() : null;
    return verdict && verdict.kind !== 'rerun' && verdict.kind !== 'continue' ? verdict : null;
  };
  const refuse = async (slug: ProblemSlug, facts: ProblemFacts = {}): Promise<Answered> => {
    const verdict = await existing();
    if (!verdict) throw new Problem(slug, { orderNo, ...facts });
    return again(verdict);
  };

  const limit = callLimit(operation, checked);
  if (!enoughTime(limit, call.remaining())) return refuse('insufficient-time');
  const limits = context.limits?.concern(operation) ? context.limits : undefined;
  const known = limits ? await existing() : null;
  if (known) return again(known);
  const ticket = await context.tickets.read();
  if (!ticket) return refuse('ticket-unavailable');
  const pass = context.breaker ? context.breaker.enter(operation.name) : freePass;
  if (!pass) return refuse('upstream-circuit-open');
  try {
    const { subject } = attempt;
    const wait = limits ? await looked(() => limits.take({ operation, orderNo, subject }), orderNo) : null;
    if (wait !== null) return await refuse('rate-limited', { afterSeconds: wait });
    const order = { ...attempt, orderNo, profile: context.profile.name, ticketGeneration: ticket.generation };
    const verdict = await looked(() => context.ledger.claim(order), orderNo);
    if (verdict.kind !== 'mine') return await again(verdict);
    const request = { ...checked, ...standIns };
    const { settle } = pass;
    const answer = await purchase({ operation, request, order, call, context, limit, settle }, ticket);
    return { answer, replayed: false };
  } finally {
    pass.release();
  }
}

const freePass: Pass = { settle: () => {}, release: () => {} };

function check(operation: Operation, call: Call, { profile, stage, now }: Context) {
  const { input } = call;
  const given = typeof input === 'object' && input !== null && Object.hasOwn(input, 'orderNo');
  const object = typeof input === 'object' && input !== null && !Array.isArray(input);
  if (operation.order.kind === 'continues' && object && !given) throw new Problem('order-required');
  const checked = validate(operation, profile.name, input);
  if ('problem' in checked) throw new Problem(checked.problem, { errors: checked.errors });
  const orderNo = given ? textOf(checked.request, 'orderNo') : makeOrderNo(stage, now());
  return { given, checked: { ...checked.request, orderNo } };
}

/** A store that fails before anything is sent: nothing was bought. */
async function looked<T>(read: () => Promise<T>, orderNo?: string): Promise<T> {
  try {
    return await read();
  } catch {
    throw new Problem('ledger-unavailable', { orderNo });
  }
}

async function prepare(operation: Operation, request: CheckedRequest, call: Call, context: Context) {
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
  return { attempt, standIns };
}
