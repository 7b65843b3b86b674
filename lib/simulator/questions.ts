/** Calls that only read. */
import type { Operation } from '../operation.ts';
import { writeAnswer } from './answers.ts';
import { fieldCodes } from './family-codes.ts';
import { externalOrderCode, type Wish } from './magic.ts';
import { creatorOf, findConsent, stepOf } from './orders.ts';
import type { Outcome } from './outcome.ts';
import type { Subject } from './subject.ts';
import { textOf, type Upstream, type Values } from './upstream.ts';

/** Answers a call that only reads: the result of an order, or whether a consent is on record. */
export function answerQuestion(
  upstream: Upstream,
  operation: Operation,
  orderNo: string,
  values: Values,
  wish: Wish,
): Outcome {
  if (wish.code !== undefined && wish.code !== '0') return { code: wish.code, values: {}, refused: false };
  return operation.order.kind === 'reads'
    ? readOrder(upstream, operation, orderNo, values)
    : readConsent(upstream, operation, values);
}

function readOrder(upstream: Upstream, operation: Operation, orderNo: string, values: Values): Outcome {
  const creator = creatorOf(upstream, operation) ?? operation;
  const wanted = textOf(operation, values, 'files') === '1';
  const step = stepOf(upstream, orderNo, creator.name);
  const external = step ? undefined : externalOrderCode(orderNo);
  const now = upstream.now();
  if (step?.code === '0') {
    const files = wanted && now - step.at >= upstream.settings.filesAfter * 1000;
    return positive(operation, { creator, sent: step.sent, values: step.values, at: step.at, files });
  }
  if (external === '0') {
    const at = now - (now % 3_600_000);
    return positive(operation, { creator, sent: null, values: {}, at, files: wanted });
  }
  return { code: external ?? fieldCodes(operation.family).notFound, values: {}, refused: false };
}

function readConsent(upstream: Upstream, operation: Operation, values: Values): Outcome {
  const consent = findConsent(upstream, operation, values);
  if (!consent) return { code: fieldCodes(operation.family).notFound, values: {}, refused: false };
  const { at, userId = null, name = null, idNo = null } = consent;
  const told = positive(operation, { creator: operation, sent: {}, values: { userId, name, idNo }, at, files: false });
  return { ...told, values: { appId: upstream.appId, ...told.values } };
}

const positive = (operation: Operation, subject: Subject): Outcome => ({
  code: '0',
  values: writeAnswer(operation, subject),
  refused: false,
});
