/** Orders whose outcome is not known: what the query says about one, and what T7 makes of it. Never by buying again. */
import { type Billed, classify } from '../codes/classify.ts';
import type { ResultFields } from '../fields/result.ts';
import { Problem } from '../http/problem.ts';
import { errorFields } from '../log.ts';
import type { Operation } from '../operation.ts';
import { afterFailure, afterNotFound, type Resolution } from '../orders/ladder.ts';
import type { OrderRecord } from '../orders/record.ts';
import type { Verdict } from '../orders/replay.ts';
import { originOf } from '../profiles.ts';
import type { CheckedRequest } from '../request/validate.ts';
import { keepable, type Result } from '../result/read.ts';
import { isoChina } from '../time.ts';
import { type Answer, endOf, type UpstreamTrace } from './answer.ts';
import { query as ask } from './ask.ts';
import type { Call, Context } from './context.ts';
import { partWithMedia } from './media.ts';
import type { Replay } from './replay.ts';

/** An order without an end and the free operation that knows more. */
export interface Inquiry {
  readonly record: OrderRecord;
  readonly operation: Operation;
  readonly query: Operation;
  /** What the query is asked with. */
  readonly request: CheckedRequest;
}

/** What an inquiry came to. `answered`: the upstream said something about the order, if only that it knows of none. */
export interface Inquired {
  readonly resolution: Resolution;
  readonly answered: boolean;
}

/** Asks the query operation. Whatever goes wrong is a query that failed, never an outcome. */
export async function inquire(inquiry: Inquiry, call: Call, context: Context): Promise<Inquired> {
  const { record, query, request } = inquiry;
  const askedAt = context.now();
  const answer = await ask(query, request, call, context).catch((error: unknown) => {
    if (error instanceof Problem) return error;
    context.log('error', 'query-broken', { operation: query.name, orderNo: record.orderNo, ...errorFields(error) });
    return new Problem('internal');
  });
  const resolution =
    answer instanceof Problem ? refused(inquiry, answer) : understand(inquiry, answer, askedAt, context);
  return { resolution: resolution ?? afterFailure(record, askedAt), answered: resolution !== null };
}

function understand(inquiry: Inquiry, answer: Answer, askedAt: number, context: Context): Resolution | null {
  const { record, query } = inquiry;
  if (answer.outcome === query.outcome) return found(inquiry, answer);
  // A positive code that was decided otherwise is somebody else's: it says nothing about this order.
  const notFound = classify(query.family, answer.upstream.code).class === 'negative';
  return notFound ? afterNotFound(record, proves(inquiry, context), askedAt, context.now()) : null;
}

/** Whether "not found" means that nothing was bought (reliability, section 4.4). */
function proves({ record, operation, query }: Inquiry, { profile, policy }: Context): boolean {
  const { order } = operation;
  if (order.kind !== 'creates' || record.profile !== profile.name) return false;
  if (order.notFoundProves === 'always' || policy.notFoundProves?.includes(operation.name)) return true;
  return order.notFoundProves === 'same-host' && originOf(operation, profile) === originOf(query, profile);
}

/** Whether an answer holds something of what the operation promises; true for one that promises no values. */
function holds(fields: ResultFields, result: Result): boolean {
  const promised = Object.entries(fields).filter(([, field]) => 'wire' in field || field.kind === 'group');
  const there = promised.filter(([name]) => result[name] !== undefined && result[name] !== null);
  if (promised.length === 0) return true;
  return there.some(([name, field]) => field.kind !== 'group' || holds(field.fields, result[name] as Result));
}

/** The query found the order: it ended as with code 0. Null: the answer holds nothing of it. */
function found({ operation }: Inquiry, answer: Answer): Resolution | null {
  if (!holds(operation.result, answer.result)) return null;
  const times = Object.entries(operation.result).flatMap(([name, field]): [string, unknown][] =>
    field.kind === 'answered-at' ? [[name, answer.result[field.from ?? ''] ?? answer.upstream.at]] : [],
  );
  const result = keepable(operation.result, { ...answer.result, ...Object.fromEntries(times) });
  const end = endOf(answer.upstream, classify(operation.family, '0').billed, { outcome: operation.outcome, result });
  return { kind: 'found', state: 'succeeded', end };
}

/** A query by order number has no data that could be to blame, so a code of class input is how the order itself ended. */
function refused({ operation, query }: Inquiry, { facts }: Problem): Resolution | null {
  if (!facts.upstream || query.order.kind !== 'reads') return null;
  const { code } = facts.upstream;
  const [asked, bought] = [classify(query.family, code), classify(operation.family, code)];
  if (asked.class !== 'input' || bought.class !== 'input' || !bought.listed) return null;
  const trace: UpstreamTrace = { ...facts.upstream, at: null };
  const end = endOf(trace, bought.billed, { reason: bought.reason, problem: 'upstream-rejected-input' });
  return { kind: 'found', state: 'rejected', end };
}

/** An order that has come to an end after all. */
export interface Settled
  extends Pick<OrderRecord, 'orderNo' | 'operation' | 'state' | 'outcome' | 'code' | 'billed' | 'bizSeqNo'> {
  /** ISO time of the upstream's answer, or of the end. */
  readonly at: string;
}

/** What became of writing a resolution. */
export interface Closed {
  /** False: somebody else has moved the order on. */
  readonly written: boolean;
  readonly settled?: Settled;
}

/**
 * Writes what has become of an order, and tells the operators when that is its end.
 *
 * @throws what DynamoDB throws
 */
export async function close(record: OrderRecord, resolution: Resolution, context: Context): Promise<Closed> {
  const { ledger, log, metrics, now } = context;
  const written = await ledger.resolve(record, resolution);
  if (!written || resolution.kind === 'wait') return { written };
  const { orderNo, operation, sends } = record;
  const { state } = resolution;
  const end =
    resolution.kind === 'found'
      ? resolution.end
      : { ...record, reason: resolution.reason, billed: (state === 'not-charged' ? 'no' : 'unknown') as Billed };
  const { outcome, reason, code, bizSeqNo, billed } = end;
  const unresolved = state === 'unresolved';
  await partWithMedia(record, undefined, context);
  const facts = { orderNo, operation, state, outcome, reason, code, bizSeqNo, billed, sends };
  log(unresolved ? 'error' : 'info', unresolved ? 'order-unresolved' : 'order-resolved', {
    ...facts,
    ms: now() - record.sentAt,
  });
  metrics?.(unresolved ? { OrdersUnresolved: 1 } : { OrdersResolved: 1 }, operation);
  const at = end.at ?? isoChina(now());
  return { written, settled: { orderNo, operation, state, outcome, code, billed, bizSeqNo, at } };
}

/**
 * A query that needs what the caller sent can be asked when the caller sends it again (consents). True: the record may
 * say more now.
 */
export async function settleByInput(verdict: Verdict, about: Replay): Promise<boolean> {
  const { operation, sibling: query, request, call, context } = about;
  if (verdict.kind !== 'refuse' || verdict.problem !== 'order-outcome-unknown' || !verdict.record) return false;
  if (query?.order.kind !== 'traces') return false;
  const asked = Object.entries(request).filter(([name]) => Object.hasOwn(query.request, name));
  const inquiry = { record: verdict.record, operation, query, request: Object.fromEntries(asked) };
  const { resolution } = await inquire(inquiry, call, context);
  // "Not known" stays true when the store fails.
  return close(verdict.record, resolution, context).then(
    ({ written }) => written,
    () => false,
  );
}
