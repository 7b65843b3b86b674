/** Answers for an order that exists: from its record, or read back from the upstream, never bought again. */
import { type Reason, reasons } from '../codes/reasons.ts';
import type { ResultFields } from '../fields/result.ts';
import { Problem } from '../http/problem.ts';
import type { ProblemSlug } from '../http/problems.ts';
import type { Operation } from '../operation.ts';
import type { OrderEnd, OrderRecord } from '../orders/record.ts';
import type { Verdict } from '../orders/replay.ts';
import type { CheckedRequest } from '../request/validate.ts';
import type { Outcome } from '../result/outcome.ts';
import { shapedAs } from '../result/read.ts';
import type { Answer, Answered } from './answer.ts';
import { codeFacts } from './answer.ts';
import { query } from './ask.ts';
import type { Call, Context } from './context.ts';
import { keptPictures } from './media.ts';

/** What a replay needs to know of the call. */
export interface Replay {
  readonly operation: Operation;
  readonly sibling: Operation | undefined;
  readonly request: CheckedRequest & { readonly orderNo: string };
  readonly call: Call;
  readonly context: Context;
}

/** Answers a call from what its record says. @throws Problem */
export async function replay(verdict: Verdict, about: Replay): Promise<Answered> {
  const { operation, request } = about;
  const { orderNo } = request;
  if (verdict.kind === 'refuse') {
    const { problem, record } = verdict;
    // A mismatch says nothing about the order that has the number.
    throw new Problem(problem, { orderNo, ...(problem === 'result-expired' ? { billed: record?.billed } : {}) });
  }
  if (verdict.kind === 'replay-challenge') return fromRecord(operation, orderNo, verdict.record, verdict.challenge);
  if (verdict.kind !== 'replay') throw new Problem('order-in-progress', { orderNo });
  const { record } = verdict;
  if (record.state === 'rejected') throw rejectedAgain(operation, record);
  if (record.outcome !== operation.outcome || isKept(operation.result)) {
    return fromRecord(operation, orderNo, record, record);
  }
  if (!about.sibling) return pictured(operation, orderNo, record, about.context);
  return readBack(about, about.sibling, record);
}

/** Whether the record holds the whole result. */
const isKept = (fields: ResultFields): boolean =>
  Object.values(fields).every((field) => ('fields' in field ? isKept(field.fields) : field.sensitivity === 'C1'));

function answerOf(operation: Operation, orderNo: string, { profile }: OrderRecord, end: OrderEnd): Answer {
  return {
    orderNo,
    operation: operation.name,
    status: 'succeeded',
    outcome: end.outcome as Outcome,
    reason: end.reason,
    result: end.result ?? {},
    billed: end.billed,
    upstream: { code: end.code ?? '', bizSeqNo: end.bizSeqNo, profile, at: end.at },
  };
}

const fromRecord = (operation: Operation, orderNo: string, record: OrderRecord, end: OrderEnd): Answered => ({
  answer: answerOf(operation, orderNo, record, end),
  replayed: true,
});

/** Pictures that no query reads again are kept for a day. */
async function pictured(operation: Operation, orderNo: string, record: OrderRecord, context: Context) {
  const result = await keptPictures(record, context);
  if (!result) throw new Problem('result-not-replayable', { orderNo, billed: record.billed });
  return { answer: { ...answerOf(operation, orderNo, record, record), result }, replayed: true };
}

/** Document text is not stored; the upstream's free query reads it back for three days. */
async function readBack({ operation, request, call, context }: Replay, sibling: Operation, record: OrderRecord) {
  const asked = { orderNo: request.orderNo, ...(request.files === true ? { files: true } : {}) };
  const read = await query(sibling, asked, call, context).catch((error: unknown) => {
    if (error instanceof Problem) throw new Problem(error.slug, { ...error.facts, billed: record.billed });
    throw error;
  });
  if (read.outcome === 'not-found') {
    throw new Problem('result-expired', { orderNo: request.orderNo, billed: record.billed });
  }
  const answer = answerOf(operation, request.orderNo, record, record);
  return { answer: { ...answer, result: shapedAs(operation.result, read.result, request) }, replayed: true };
}

/** The same problem as the first time. */
function rejectedAgain(operation: Operation, record: OrderRecord): Problem {
  const { orderNo, problem, reason, code, bizSeqNo, billed, profile, at } = record;
  const { en, zh, action, class: codeClass } = reasons[(reason ?? 'unlisted') as Reason];
  const classified = { class: codeClass, reason: reason as Reason, action, billed, en, zh, listed: true };
  const facts = codeFacts(operation, orderNo, classified, { code: code ?? '', bizSeqNo, profile, at });
  return new Problem(problem as ProblemSlug, facts, true);
}
