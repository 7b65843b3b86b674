/** The answer of an operation, and the problem that stands in its place. */
import type { Billed, Classified } from '../codes/classify.ts';
import { Problem, type ProblemFacts } from '../http/problem.ts';
import type { ProblemSlug } from '../http/problems.ts';
import type { Operation } from '../operation.ts';
import type { OrderEnd } from '../orders/record.ts';
import { isoTime } from '../result/kinds.ts';
import type { Outcome } from '../result/outcome.ts';
import type { Result } from '../result/read.ts';
import type { Exchanged } from './exchange.ts';

/** What the upstream called it. */
export interface UpstreamTrace {
  readonly code: string;
  readonly bizSeqNo: string | null;
  readonly profile: string;
  /** ISO time of the upstream's answer, null where it sends none. */
  readonly at: string | null;
}

/** A definite business result. */
export interface Answer {
  readonly orderNo: string;
  readonly operation: string;
  readonly status: 'succeeded';
  readonly outcome: Outcome;
  readonly reason: string | null;
  readonly result: Result;
  readonly billed: Billed;
  readonly upstream: UpstreamTrace;
}

/** An answer with how it came about. */
export interface Answered {
  readonly answer: Answer;
  /** From the record instead of the upstream. */
  readonly replayed: boolean;
}

/** Upstream text never passes: what does not look like a trace number is left out. */
const safe = (text: string | null): string | null => (text !== null && /^[A-Za-z0-9]{1,64}$/.test(text) ? text : null);

/** The trace of an answered call. */
export function traceOf({ opened }: Exchanged, profile: string): UpstreamTrace {
  const at = opened.transactionTime === null ? null : (isoTime(opened.transactionTime) ?? null);
  return { code: opened.code, bizSeqNo: safe(opened.bizSeqNo), profile, at };
}

/** The problem that an upstream code of no result becomes. */
export function slugOf({ class: codeClass, reason }: Classified): ProblemSlug {
  switch (codeClass) {
    case 'input':
      return 'upstream-rejected-input';
    case 'rate':
      return reason === 'subject-limit' ? 'subject-limit-reached' : 'upstream-rate-limited';
    case 'auth':
      return 'ticket-unavailable';
    case 'transient':
      return 'upstream-timeout';
    default:
      return 'upstream-refused';
  }
}

/** What a code adds to a problem. An order that continues another is spent with it, so a retake needs a new challenge. */
export function codeFacts(operation: Operation, orderNo: string, code: Classified, trace: UpstreamTrace): ProblemFacts {
  const { at: _, ...upstream } = trace;
  const spent = operation.order.kind === 'continues' && code.action === 'retake';
  return {
    orderNo,
    billed: code.billed,
    upstream,
    reason: code.reason ?? undefined,
    action: spent ? 'new-challenge' : code.action,
    messageZh: code.zh,
    messageEn: code.en,
  };
}

/** A problem out of an upstream code. */
export const codeProblem = (operation: Operation, orderNo: string, code: Classified, trace: UpstreamTrace): Problem =>
  new Problem(slugOf(code), codeFacts(operation, orderNo, code, trace));

/** The end of an order as its record keeps it. */
export const endOf = (trace: UpstreamTrace, billed: Billed, rest: Partial<OrderEnd>): OrderEnd => ({
  code: trace.code,
  bizSeqNo: trace.bizSeqNo,
  at: trace.at,
  billed,
  outcome: null,
  reason: null,
  ...rest,
});
