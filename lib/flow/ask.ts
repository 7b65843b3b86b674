/** Calls that only read: they leave no order, so they may be tried again. */
import { Problem } from '../http/problem.ts';
import type { LimitedCall } from '../limits/limits.ts';
import type { Operation } from '../operation.ts';
import { makeOrderNo } from '../orders/order-no.ts';
import type { OrderRecord } from '../orders/record.ts';
import { type CheckedRequest, textOf, validate } from '../request/validate.ts';
import { type Answer, type Answered, codeProblem, traceOf } from './answer.ts';
import { conclude } from './conclude.ts';
import type { Call, Context } from './context.ts';
import { callLimit, timeFor } from './deadline.ts';
import { type Exchange, exchange } from './exchange.ts';

const tries = 3;
/** The upstream keeps results for three days (specification, section 8). */
const upstreamKeeps = 3 * 86_400_000;
/** A call shorter than this is not worth starting. */
const shortest = 500;

/** Runs an operation of kind `reads` or `traces`. @throws Problem */
export async function ask(operation: Operation, call: Call, context: Context): Promise<Answered> {
  const checked = validate(operation, context.profile.name, call.input);
  if ('problem' in checked) throw new Problem(checked.problem, { errors: checked.errors });
  if (operation.order.kind !== 'reads') {
    return { answer: await query(operation, checked.request, call, context), replayed: false };
  }
  const orderNo = textOf(checked.request, 'orderNo');
  const record = await ownRecord(orderNo, operation.order.of, call, context);
  const answer = await query(operation, checked.request, call, context);
  if (answer.outcome !== 'not-found') return { answer, replayed: false };
  const reason = record && context.now() - record.sentAt > upstreamKeeps ? 'expired' : 'not-visible';
  return { answer: { ...answer, reason }, replayed: false };
}

/** The caller's record of an order; null for an order made elsewhere, where the stage allows those. @throws Problem */
async function ownRecord(orderNo: string, of: string, call: Call, context: Context): Promise<OrderRecord | null> {
  const { policy, ledger, now } = context;
  const stored = await ledger.read(orderNo).catch(() => {
    throw new Problem('ledger-unavailable', { orderNo });
  });
  const record = stored?.ttl !== undefined && stored.ttl * 1000 <= now() ? null : stored;
  const hidden = record
    ? record.operation !== of || (policy.isolateCallers && record.caller !== call.caller)
    : policy.externalOrders !== 'allow';
  if (hidden) throw new Problem('not-found');
  return record;
}

/**
 * Asks the upstream, up to three times while the answer is no answer.
 *
 * @param request a checked request; without an order number each try gets one of its own
 * @throws Problem
 */
export async function query(
  operation: Operation,
  request: CheckedRequest,
  call: Call,
  context: Context,
): Promise<Answer> {
  const { stage, tickets, now, sleep, random } = context;
  const limit = callLimit(operation, request);
  let ticket = await tickets.read();
  let last: Problem | undefined;
  for (let attempt = 1; attempt <= tries; attempt += 1) {
    const orderNo = request.orderNo === undefined ? makeOrderNo(stage, now()) : textOf(request, 'orderNo');
    if (!ticket) throw new Problem('ticket-unavailable', { orderNo });
    const timeout = timeFor(limit, call.remaining());
    if (timeout < shortest) throw last ?? new Problem('insufficient-time', { orderNo });
    const wait = await granted({ operation, orderNo }, context);
    if (wait !== null) throw last ?? new Problem('rate-limited', { orderNo, afterSeconds: wait });
    const numbered = { ...request, orderNo };
    const exchanged = await exchange(operation, numbered, ticket, context, timeout);
    const outcome = read(operation, numbered, exchanged, context);
    if (!(outcome instanceof Problem)) return outcome;
    last = outcome;
    if (exchanged.kind === 'not-sent') throw last;
    if (exchanged.kind === 'answer') {
      const { class: codeClass } = exchanged.classified;
      if (codeClass === 'auth') ticket = await anotherTicket(ticket.generation, context);
      else if (codeClass !== 'transient') throw last;
    }
    await sleep(200 * attempt * random());
  }
  throw last!;
}

/** Null: within the limits of the stage; else seconds to wait. */
async function granted(call: LimitedCall, { limits }: Context): Promise<number | null> {
  try {
    return (await limits?.take(call)) ?? null;
  } catch {
    throw new Problem('ledger-unavailable', { orderNo: call.orderNo });
  }
}

async function anotherTicket(refused: number, { tickets, reportTicket }: Context) {
  const ticket = await tickets.reread();
  if (ticket && ticket.generation !== refused) return ticket;
  await reportTicket(refused);
  return null;
}

function read(operation: Operation, request: CheckedRequest, exchanged: Exchange, context: Context): Answer | Problem {
  const facts = { orderNo: textOf(request, 'orderNo'), billed: 'no' as const };
  if (exchanged.kind === 'not-sent') return new Problem(exchanged.problem, facts);
  if (exchanged.kind === 'unusable') return new Problem(exchanged.problem, facts);
  const { classified } = exchanged;
  if (classified.class !== 'positive' && classified.class !== 'negative') {
    return codeProblem(operation, facts.orderNo, classified, traceOf(exchanged, context.profile.name));
  }
  return conclude(operation, request, exchanged, context) ?? new Problem('upstream-invalid-response', facts);
}
