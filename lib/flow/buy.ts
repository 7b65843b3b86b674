/** Calls that may buy something: one order, at most one charge, and never an outcome that is not known. */
import type { Ticket } from '#signing';
import { Problem } from '../http/problem.ts';
import type { ProblemSlug } from '../http/problems.ts';
import type { Operation } from '../operation.ts';
import { fingerprints, standInUserId } from '../orders/fingerprint.ts';
import type { NewOrder } from '../orders/ledger.ts';
import { makeOrderNo } from '../orders/order-no.ts';
import type { Attempt, Verdict } from '../orders/replay.ts';
import { type CheckedRequest, textOf, validate } from '../request/validate.ts';
import { keepable } from '../result/read.ts';
import { type Answer, type Answered, codeFacts, codeProblem, endOf, slugOf, traceOf } from './answer.ts';
import { conclude } from './conclude.ts';
import type { Call, Context } from './context.ts';
import { callLimit, enoughTime, timeFor } from './deadline.ts';
import { type Exchange, type Exchanged, exchange } from './exchange.ts';
import { persist } from './persist.ts';
import { replay } from './replay.ts';

/** A second send with less time than this (milliseconds) would only risk an unknown outcome. */
const shortestSend = 2_000;

/** An order on its way. */
interface Purchase {
  readonly operation: Operation;
  readonly request: CheckedRequest & { readonly orderNo: string };
  readonly order: NewOrder;
  readonly call: Call;
  readonly context: Context;
}

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
  const request = check(operation, call, context);
  const attempt = await prepare(operation, request.checked, call, context);
  const orderNo = request.checked.orderNo;
  const again = (verdict: Verdict) => replay(verdict, { operation, sibling, request: request.checked, call, context });

  // What refuses a new order does not concern one that exists.
  const refuse = async (slug: ProblemSlug): Promise<Answered> => {
    const verdict = request.given ? await looked(() => context.ledger.look({ ...attempt, orderNo })) : null;
    const exists = verdict && verdict.kind !== 'rerun' && verdict.kind !== 'continue';
    if (!exists) throw new Problem(slug, { orderNo });
    return again(verdict);
  };
  const limit = callLimit(operation, request.checked);
  if (!enoughTime(limit, call.remaining())) return refuse('insufficient-time');
  const ticket = await context.tickets.read();
  if (!ticket) return refuse('ticket-unavailable');

  const order: NewOrder = {
    ...attempt,
    orderNo,
    profile: context.profile.name,
    ticketGeneration: ticket.generation,
  };
  const verdict = await looked(() => context.ledger.claim(order), orderNo);
  if (verdict.kind !== 'mine') return again(verdict);
  const wired = { ...request.checked, ...(await standIns(operation, request.checked, context)) };
  return {
    answer: await purchase({ operation, request: wired, order, call, context }, ticket, limit),
    replayed: false,
  };
}

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

async function prepare(operation: Operation, request: CheckedRequest, call: Call, context: Context): Promise<Attempt> {
  const { policy, now, newId } = context;
  const key = await looked(context.fingerprintKey);
  const { order } = operation;
  return {
    attemptId: newId(),
    operation: operation.name,
    caller: call.caller,
    isolated: policy.isolateCallers,
    ...fingerprints(key, policy.isolateCallers ? call.caller : '', operation.name, request),
    ...(order.kind === 'continues' ? { continues: order.from } : {}),
    oldestChallenge: now() - policy.challengeMaxAge * 1000,
  };
}

async function standIns(
  operation: Operation,
  request: CheckedRequest,
  { profile, fingerprintKey }: Context,
): Promise<Record<string, string>> {
  const required = operation.wire.requires?.[profile.name] ?? [];
  if (!required.includes('userId') || request.userId !== undefined) return {};
  return { userId: standInUserId(await fingerprintKey(), textOf(request, 'idNo')) };
}

/** The order is `sent` and ours: call, and end it. A refused ticket allows one more send with a newer one (TKT-8). */
async function purchase(purchase: Purchase, first: Ticket, limit: number): Promise<Answer> {
  const { operation, request, order, call, context } = purchase;
  const { ledger, tickets } = context;
  let ticket = first;
  for (let sends = 1; ; sends += 1) {
    const exchanged = await exchange(operation, request, ticket, context, timeFor(limit, call.remaining()));
    if (exchanged.kind !== 'answer' || exchanged.classified.class !== 'auth') return finish(purchase, exchanged);
    const newer = sends === 1 ? await tickets.reread() : null;
    if (newer === null || newer.generation === ticket.generation) {
      return refusedTicket(purchase, exchanged, ticket.generation);
    }
    const worthIt = timeFor(limit, call.remaining()) >= shortestSend;
    const mine = worthIt && (await ledger.resend(order.orderNo, order.attemptId, newer.generation).catch(() => false));
    if (!mine) return refusedTicket(purchase, exchanged, null);
    ticket = newer;
  }
}

async function refusedTicket(
  { order, context, operation }: Purchase,
  exchanged: Exchanged,
  generation: number | null,
): Promise<never> {
  const { ledger, reportTicket, profile } = context;
  if (generation !== null) await reportTicket(generation);
  const done = () => ledger.notProcessed(order.orderNo, order.attemptId, 'ticket-refused');
  await persist(done, context, { orderNo: order.orderNo, state: 'not-processed', billed: 'no' });
  const facts = codeFacts(operation, order.orderNo, exchanged.classified, traceOf(exchanged, profile.name));
  throw new Problem('ticket-unavailable', { ...facts, billed: 'no' });
}

async function finish(purchase: Purchase, exchanged: Exchange): Promise<Answer> {
  const { operation, request, order, context } = purchase;
  const { orderNo, attemptId } = order;
  const { ledger, now, profile } = context;
  if (exchanged.kind === 'not-sent') {
    const write = () => ledger.notProcessed(orderNo, attemptId, 'unreachable');
    await persist(write, context, { orderNo, state: 'not-processed', billed: 'no' });
    throw new Problem('upstream-unreachable', { orderNo });
  }
  if (exchanged.kind === 'unusable')
    return unknown(purchase, exchanged.fault, new Problem(exchanged.problem, { orderNo }));

  const { classified } = exchanged;
  const trace = traceOf(exchanged, profile.name);
  if (classified.class === 'transient') {
    return unknown(purchase, classified.reason!, codeProblem(operation, orderNo, classified, trace));
  }
  if (classified.class !== 'positive' && classified.class !== 'negative') {
    const problem = slugOf(classified);
    const end = endOf(trace, classified.billed, { reason: classified.reason, problem });
    const write = () => ledger.end(orderNo, attemptId, 'rejected', end);
    await persist(write, context, { orderNo, state: 'rejected', code: trace.code, billed: classified.billed });
    throw codeProblem(operation, orderNo, classified, trace);
  }
  const answer = conclude(operation, request, exchanged, context);
  if (!answer) return unknown(purchase, 'no-values', new Problem('upstream-invalid-response', { orderNo }));
  const { outcome, reason, billed } = answer;
  const end = endOf(trace, billed, { outcome, reason, result: keepable(operation.result, answer.result) });
  const continued = operation.order.kind === 'creates' && operation.order.continuedBy !== undefined;
  const challenge = continued ? { ...end, fingerprint: order.fingerprint, issuedAt: now() } : undefined;
  const write = () => ledger.end(orderNo, attemptId, 'succeeded', end, challenge);
  await persist(write, context, { orderNo, state: 'succeeded', outcome, code: trace.code, billed });
  return answer;
}

async function unknown({ order, context }: Purchase, reason: string, problem: Problem): Promise<never> {
  const write = () => context.ledger.giveUp(order.orderNo, order.attemptId, reason);
  await persist(write, context, { orderNo: order.orderNo, state: 'unknown', billed: 'unknown' });
  throw problem;
}
