/** Calls that may buy something: one order, at most one charge, and never an outcome that is not known. */
import { Problem } from '../http/problem.ts';
import type { Holder } from '../media/records.ts';
import { closeFiles, findMedia, takeMedia, type User, usesOf } from '../media/staged.ts';
import type { Operation } from '../operation.ts';
import type { Answered } from './answer.ts';
import type { Pass } from './breaker.ts';
import type { Call, Context } from './context.ts';
import { callLimit, enoughTime } from './deadline.ts';
import { existingOrder } from './existing.ts';
import { looked, prepare } from './prepare.ts';
import { purchase } from './purchase.ts';

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
  const prepared = await prepare(operation, sibling, call, context);
  const { about, attempt, standIns } = prepared;
  const { request } = about;
  const { orderNo } = request;
  const existing = existingOrder(prepared);
  const limits = context.limits?.concern(operation) ? context.limits : undefined;
  const uses = usesOf(operation, context.profile.name, request);
  // A repeat needs neither a place within the limits nor media, which is gone once its order is over.
  const known = limits || uses.length > 0 ? await existing.look() : null;
  if (known) return existing.answer(known);
  const holder: Holder = call.holder ?? `order#${orderNo}`;
  const user: User = { caller: call.caller, isolated: context.policy.isolateCallers, holder, now: context.now() };
  const found = await numbered(orderNo, () => findMedia(context.staging, uses, user));
  const limit = callLimit(operation, request, [...found.values()]);
  if (!enoughTime(limit, call.remaining())) return existing.refuse('insufficient-time');
  const ticket = await context.tickets.read();
  if (!ticket) return existing.refuse('ticket-unavailable');
  const pass = context.breaker ? context.breaker.enter(operation.name) : freePass;
  if (!pass) return existing.refuse('upstream-circuit-open');
  try {
    const taking = numbered(orderNo, () => takeMedia(context.staging, uses, found, user));
    const taken = await taking.catch(async (problem: unknown) => {
      // Another call of the same order may have come to its end meanwhile, and its media is gone with it.
      const verdict = await existing.look();
      if (!verdict) throw problem;
      return verdict;
    });
    if ('kind' in taken) return await existing.answer(taken);
    const { files, giveBack } = taken;
    try {
      const { subject } = attempt;
      const wait = limits ? await looked(() => limits.take({ operation, orderNo, subject }), orderNo) : null;
      if (wait !== null) {
        await giveBack();
        return await existing.refuse('rate-limited', { afterSeconds: wait });
      }
      const own = call.holder === undefined ? (found.size > 0 ? { media: [...found.keys()] } : {}) : { holder };
      const order = { ...attempt, ...own, orderNo, profile: context.profile.name, ticketGeneration: ticket.generation };
      const verdict = await looked(() => context.ledger.claim(order), orderNo);
      if (verdict.kind !== 'mine') {
        await giveBack();
        return await existing.answer(verdict);
      }
      const { settle } = pass;
      const sending = { operation, request: { ...request, ...standIns }, order, files, call, context, limit, settle };
      return { answer: await purchase(sending, ticket), replayed: false };
    } finally {
      closeFiles(files);
    }
  } finally {
    pass.release();
  }
}

/** A problem tells the number that Signet made, so that the same order can be sent again. */
async function numbered<T>(orderNo: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Problem) throw new Problem(error.slug, { orderNo, ...error.facts });
    throw error;
  }
}

const freePass: Pass = { settle: () => {}, release: () => {} };
