/** Schemas of what is answered with 200: the envelope around each result, and the state of an order. */
import type { Billed } from '../codes/classify.ts';
import type { Operation, ProfileName } from '../operation.ts';
import { type OrderState, terminal } from '../orders/record.ts';
import type { Outcome } from '../result/outcome.ts';
import { outcomesOf } from './outcomes.ts';
import { profileNames } from './request-schema.ts';
import { componentName, nullable, openObject, orderNoSchema, ref, type Schema, timeSchema } from './schema.ts';

/** Everything an order can be. */
export const orderStates: readonly OrderState[] = ['sent', 'unknown', ...terminal];

/** Whether the upstream charges for it. */
export const billedSchema: Schema = {
  type: 'string',
  enum: ['yes', 'no', 'unknown'] satisfies Billed[],
  description: 'Whether the upstream charges for this; unknown where it does not say so.',
};

const upstream = (code: Schema, description: string): Schema => ({
  ...openObject(
    {
      code: { ...code, description: "The upstream's own code." },
      bizSeqNo: { ...nullable({ type: 'string' }), description: "The upstream's number of the call, for its support." },
      profile: { type: 'string', enum: profileNames satisfies ProfileName[] },
      at: { ...nullable(timeSchema), description: "The upstream's time of the answer." },
    },
    ['code', 'bizSeqNo', 'profile', 'at'],
  ),
  description,
});

/** What the upstream said, without its texts. */
export const upstreamSchema: Schema = upstream({ type: 'string' }, 'What the upstream said.');

/** The reasons that an operation can give, in words. */
function reasonWords(outcomes: ReadonlyMap<Outcome, readonly string[]>): string {
  const given = [...outcomes].filter(([, reasons]) => reasons.length > 0);
  if (given.length === 0) return 'Always null.';
  return `Why, where the outcome is negative. ${given.map(([outcome, reasons]) => `${outcome}: ${reasons.join(', ')}`).join('; ')}.`;
}

/** The answer of an operation. */
export function answerSchema(operation: Operation): Schema {
  const outcomes = outcomesOf(operation);
  return openObject(
    {
      orderNo: orderNoSchema,
      operation: { type: 'string', const: operation.name },
      status: { type: 'string', const: 'succeeded', description: 'There is a definite business result.' },
      outcome: { type: 'string', enum: [...outcomes.keys()] },
      reason: { ...nullable({ type: 'string' }), description: reasonWords(outcomes) },
      result: ref(componentName(operation.name, 'Result')),
      billed: ref('Billed'),
      upstream: ref('Upstream'),
    },
    ['orderNo', 'operation', 'status', 'outcome', 'reason', 'result', 'billed', 'upstream'],
  );
}

const kept = {
  type: 'object',
  description: 'The part of a result that the record holds: scores, digits, warnings, times. No personal data.',
};

/** What is known about an order. */
export function orderSchema(operations: readonly Operation[]): Schema {
  const buying = operations.filter(({ creates }) => creates);
  const outcomes = new Set(buying.flatMap((operation) => [...outcomesOf(operation).keys()]));
  return openObject(
    {
      orderNo: orderNoSchema,
      operation: { type: 'string', enum: buying.map(({ name }) => name) },
      state: { type: 'string', enum: orderStates },
      outcome: nullable({ type: 'string', enum: [...outcomes] }),
      reason: { ...nullable({ type: 'string' }), description: 'Why, where there is no positive outcome.' },
      result: { ...kept, description: `${kept.description} Absent until there is one.` },
      billed: ref('Billed'),
      upstream: upstream(nullable({ type: 'string' }), 'What the upstream said; null as long as it has not answered.'),
      createdAt: timeSchema,
      endedAt: timeSchema,
      challenge: {
        ...openObject({ issuedAt: timeSchema, result: kept }, ['issuedAt']),
        description: 'The challenge that the order began with, once the next step has taken it over.',
      },
    },
    ['orderNo', 'operation', 'state', 'outcome', 'reason', 'billed', 'upstream', 'createdAt'],
  );
}
