/** From an answer of the upstream to a business result: the one place where codes, results and outcomes meet. */
import type { ResultFields } from '../fields/result.ts';
import type { Operation } from '../operation.ts';
import { type CheckedRequest, textOf } from '../request/validate.ts';
import { decide } from '../result/outcome.ts';
import { type ReadContext, readResult } from '../result/read.ts';
import { type Answer, traceOf } from './answer.ts';
import type { Context } from './context.ts';
import type { Exchanged } from './exchange.ts';

/**
 * The answer of an operation, for codes that are results (classes positive and negative).
 * Null when a positive answer holds none of the values that its documents promise, or none that decides: then it proves
 * nothing.
 */
export function conclude(
  operation: Operation,
  request: CheckedRequest,
  exchanged: Exchanged,
  { profile, policy, now }: Pick<Context, 'profile' | 'policy' | 'now'>,
): Answer | null {
  const { opened, classified } = exchanged;
  const read: ReadContext = {
    request,
    threshold: policy.similarity.match,
    challengeMaxAge: policy.challengeMaxAge * 1000,
    now: now(),
    transactionTime: opened.transactionTime,
  };
  const positive = classified.class === 'positive';
  if (positive && !fits(operation.result, opened.values)) return null;
  const full = readResult(operation.result, opened.values, read);
  const decided = decide(operation, classified, full, request);
  if (!decided) return null;
  return {
    orderNo: textOf(request, 'orderNo'),
    operation: operation.name,
    status: 'succeeded',
    ...decided,
    // Somebody else's consent is not shown, and a refusal shows only what came with it.
    result: decided.reason === 'other-person' ? {} : positive ? full : withoutNulls(full),
    billed: classified.billed,
    upstream: traceOf(exchanged, profile.name),
  };
}

const wires = (fields: ResultFields): readonly string[] =>
  Object.values(fields).flatMap((field) => {
    if (field.kind === 'group') return wires(field.fields);
    return 'wire' in field ? field.wire : [];
  });

/** Something that can be read, or a list of such. */
const isThere = (value: unknown): boolean =>
  (typeof value === 'string' && value !== '') ||
  // JSON has numbers that JavaScript has not.
  Number.isFinite(value) ||
  (Array.isArray(value) && value.length > 0);

function fits(fields: ResultFields, values: Readonly<Record<string, unknown>>): boolean {
  const promised = wires(fields);
  return promised.length === 0 || promised.some((wire) => isThere(values[wire]));
}

function withoutNulls(result: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(result).filter(([, value]) => value !== null));
}
