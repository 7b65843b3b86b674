/** How a step has come to its end: as its order says, what is known of it, and whether that declines. */
import type { OrderRecord } from '../orders/record.ts';
import type { About, StepFacts } from './policy.ts';
import type { PlannedStep, StepState } from './records.ts';
import { rulesOfStep } from './rules.ts';
import type { Seals } from './sealed.ts';

/** A planned step of which nothing is known. */
export const blank = ({ step, check, orderNo }: PlannedStep): StepState => ({
  step,
  check,
  orderNo,
  status: 'incomplete',
  outcome: null,
  reason: null,
  billed: 'no',
  upstream: null,
  declines: false,
});

/** A step as its order knows it; that it declines is not said yet. */
export function endOf(planned: PlannedStep, order: OrderRecord): StepState {
  const { state: status, outcome, reason, billed, subject, code, bizSeqNo, profile, at } = order;
  const upstream = code === null ? null : { code, bizSeqNo, profile, at };
  return {
    ...blank(planned),
    status,
    outcome,
    reason,
    billed,
    upstream,
    ...(subject === undefined ? {} : { subject }),
  };
}

/**
 * What is known of a step that has ended.
 *
 * @param sealedBy the verification whose seal holds the result
 * @param order looks up its order
 * @throws Problem `media-unavailable`, and what `order` throws
 */
export async function factsOf(
  { step, status, outcome, reason }: StepState,
  sealedBy: string,
  sealed: Seals,
  order: () => Promise<OrderRecord | null>,
): Promise<StepFacts> {
  const facts = { step, status, outcome, reason };
  if (status !== 'succeeded') return { ...facts, result: null };
  // What could not be sealed is as far as possible in the order: scores and warnings.
  const result = (await sealed.openResult(sealedBy, step)) ?? (await order())?.result ?? null;
  return { ...facts, result };
}

/** Whether a step declines, so that nothing that comes after it runs. */
export const declines = (facts: StepFacts, about: About): boolean =>
  rulesOfStep(facts, about).some(({ effect }) => effect === 'decline');
