/** The call of an order that is `sent` and ours, and the end of that order. */
import type { Ticket } from '#signing';
import { Problem } from '../http/problem.ts';
import type { StagedFiles } from '../media/staged.ts';
import type { Operation } from '../operation.ts';
import type { NewOrder, Trace } from '../orders/ledger.ts';
import type { CheckedRequest } from '../request/validate.ts';
import { keepable } from '../result/read.ts';
import { type Answer, codeFacts, codeProblem, endOf, slugOf, traceOf } from './answer.ts';
import type { Ending } from './breaker.ts';
import { conclude } from './conclude.ts';
import type { Call, Context } from './context.ts';
import { timeFor } from './deadline.ts';
import { type Exchange, type Exchanged, exchange } from './exchange.ts';
import { handsOutOnce, keepPictures, partWithMedia } from './media.ts';
import { persist } from './persist.ts';

/** A second send with less time than this (milliseconds) would only risk an unknown outcome. */
const shortestSend = 2_000;

/** An order on its way. */
export interface Purchase {
  readonly operation: Operation;
  readonly request: CheckedRequest & { readonly orderNo: string };
  readonly order: NewOrder;
  /** Staged media of the request by pointer; open. */
  readonly files: StagedFiles;
  readonly call: Call;
  readonly context: Context;
  /** Milliseconds that the upstream call may take. */
  readonly limit: number;
  /** Told once what became of the call. */
  readonly settle: (ending: Ending) => void;
}

/**
 * Calls the upstream and ends the order. A refused ticket allows one more send with a newer one (TKT-8).
 *
 * @throws Problem
 */
export async function purchase(purchase: Purchase, first: Ticket): Promise<Answer> {
  const { operation, request, order, files, call, context, limit } = purchase;
  const { ledger, tickets } = context;
  // Writing `sent` may have taken long, or the process may have been frozen meanwhile.
  if (timeFor(limit, call.remaining()) < limit / 2) return tooLate(purchase);
  let ticket = first;
  for (let sends = 1; ; sends += 1) {
    const timeout = timeFor(limit, call.remaining());
    const exchanged = await exchange(operation, request, ticket, context, timeout, files);
    if (exchanged.kind !== 'answer' || exchanged.classified.class !== 'auth') return finish(purchase, exchanged);
    const newer = sends === 1 ? await tickets.reread() : null;
    if (newer === null || newer.generation === ticket.generation) {
      return refusedTicket(purchase, exchanged, ticket.generation);
    }
    const worthIt = timeFor(limit, call.remaining()) >= shortestSend && (await withinRate(purchase));
    const mine = worthIt && (await ledger.resend(order.orderNo, order.attemptId, newer.generation).catch(() => false));
    if (!mine) return refusedTicket(purchase, exchanged, null);
    ticket = newer;
  }
}

/** Whether the stage's rate has room for one more call of this order. */
async function withinRate({ operation, order, context }: Purchase): Promise<boolean> {
  if (!context.limits) return true;
  return (await context.limits.take({ operation, orderNo: order.orderNo }).catch(() => 1)) === null;
}

async function notProcessed({ order, context, call }: Purchase, reason: string): Promise<void> {
  const { orderNo, attemptId } = order;
  const write = () => context.ledger.notProcessed(orderNo, attemptId, reason);
  await persist(write, context, { orderNo, state: 'not-processed', billed: 'no' }, call.remaining);
}

async function tooLate(purchase: Purchase): Promise<never> {
  await notProcessed(purchase, 'insufficient-time');
  throw new Problem('insufficient-time', { orderNo: purchase.order.orderNo });
}

async function refusedTicket(purchase: Purchase, exchanged: Exchanged, generation: number | null): Promise<never> {
  const { order, context, operation, settle } = purchase;
  settle('answered');
  if (generation !== null) await context.reportTicket(generation);
  await notProcessed(purchase, 'ticket-refused');
  const trace = traceOf(exchanged, context.profile.name);
  const facts = codeFacts(operation, order.orderNo, exchanged.classified, trace);
  throw new Problem('ticket-unavailable', { ...facts, billed: 'no' });
}

async function finish(purchase: Purchase, exchanged: Exchange): Promise<Answer> {
  const { operation, request, order, call, context, settle } = purchase;
  const { orderNo, attemptId } = order;
  const { ledger, now, profile } = context;
  if (exchanged.kind === 'not-sent') {
    settle('not-sent');
    await notProcessed(purchase, exchanged.problem === 'upstream-unreachable' ? 'unreachable' : 'media');
    const { problem, errors } = exchanged;
    throw new Problem(problem, { orderNo, billed: 'no', ...(errors ? { errors } : {}) });
  }
  if (exchanged.kind === 'unusable')
    return unknown(purchase, exchanged.fault, new Problem(exchanged.problem, { orderNo }));

  const { classified } = exchanged;
  const trace = traceOf(exchanged, profile.name);
  if (classified.class === 'transient') {
    return unknown(purchase, classified.reason!, codeProblem(operation, orderNo, classified, trace), trace);
  }
  if (classified.class !== 'positive' && classified.class !== 'negative') {
    settle('answered');
    const problem = slugOf(classified);
    const end = endOf(trace, classified.billed, { reason: classified.reason, problem });
    const write = () => ledger.end(orderNo, attemptId, 'rejected', end);
    const facts = { orderNo, state: 'rejected', code: trace.code, billed: classified.billed };
    const ending = persist(write, context, facts, call.remaining);
    await Promise.all([ending, partWithMedia(order, problem, context, ending)]);
    throw codeProblem(operation, orderNo, classified, trace);
  }
  const answer = conclude(operation, request, exchanged, context);
  if (!answer) return unknown(purchase, 'no-values', new Problem('upstream-invalid-response', { orderNo }), trace);
  settle('answered');
  const { outcome, reason, billed } = answer;
  const kept = handsOutOnce(operation) ? await keepPictures(answer, attemptId, call.remaining, context) : null;
  const result = keepable(operation.result, answer.result);
  const end = endOf(trace, billed, { outcome, reason, result, ...(kept ? { pictures: kept.pictures } : {}) });
  const continued = operation.order.kind === 'creates' && operation.order.continuedBy !== undefined;
  const challenge = continued ? { ...end, fingerprint: order.fingerprint, issuedAt: now() } : undefined;
  const write = () => ledger.end(orderNo, attemptId, 'succeeded', end, challenge);
  const facts = { orderNo, state: 'succeeded', outcome, code: trace.code, billed };
  await Promise.all([persist(write, context, facts, call.remaining), partWithMedia(order, undefined, context)]);
  return kept ? { ...answer, result: kept.result } : answer;
}

async function unknown(purchase: Purchase, reason: string, problem: Problem, trace?: Trace): Promise<never> {
  const { order, call, context, settle } = purchase;
  const { orderNo, attemptId } = order;
  settle('unknown');
  const { code = null, bizSeqNo = null, at = null } = trace ?? {};
  const write = () => context.ledger.giveUp(orderNo, attemptId, reason, trace && { code, bizSeqNo, at });
  await persist(write, context, { orderNo, state: 'unknown', billed: 'unknown', reason }, call.remaining);
  throw problem;
}
