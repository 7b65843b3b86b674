/** A step under way: what the state machine asks for, the record and the plan that it belongs to, and its request. */
import type { Context } from '../flow/context.ts';
import { Problem } from '../http/problem.ts';
import type { Operation } from '../operation.ts';
import type { OrderRecord } from '../orders/record.ts';
import { subjectOf } from './about.ts';
import { stepNamed } from './checks.ts';
import { ownOrder } from './own-order.ts';
import { constantsOn } from './planned.ts';
import type { PlannedStep, VerificationRecord } from './records.ts';
import { type SealedPlan, type Seals, seals } from './sealed.ts';
import type { Step } from './step.ts';

/** What the state machine hands to a step. */
export interface StepCall {
  readonly verificationId: string;
  readonly step: string;
  readonly requestId: string;
  readonly remaining: () => number;
}

/** One step under way. */
export interface RunningStep {
  readonly step: Step;
  readonly planned: PlannedStep;
  readonly record: VerificationRecord;
  readonly plan: SealedPlan;
  /** The order that an earlier call of the step has left; null while there is none. */
  readonly order: OrderRecord | null;
  readonly sealed: Seals;
  readonly call: StepCall;
  readonly context: Context;
}

/** The order that a step of this verification has left. @throws Problem `ledger-unavailable` */
export const orderOf = (planned: PlannedStep, { verificationId }: VerificationRecord, { ledger }: Context) =>
  ownOrder(planned, verificationId, ledger).catch(() => {
    throw new Problem('ledger-unavailable', { billed: 'no' });
  });

/**
 * Finds the step that a call is about.
 *
 * @throws Problem `not-found`, `invalid-request`, `result-expired`, `ledger-unavailable`, `media-unavailable`
 */
export async function findStep(operation: Operation, call: StepCall, context: Context): Promise<RunningStep> {
  const { verificationId } = call;
  const record = await context.verifications.read(verificationId).catch(() => {
    throw new Problem('ledger-unavailable');
  });
  if (!record) throw new Problem('not-found');
  const step = stepNamed(call.step);
  const planned = record.planned.find((candidate) => candidate.step === call.step);
  if (!step || !planned || step.operation.name !== operation.name) {
    throw new Problem('invalid-request', { errors: [{ pointer: '/step', rule: 'choice' }] });
  }
  const sealed = seals(context.staging.objects);
  // Side by side: a step must not take longer for the order that it hardly ever has.
  const [plan, order] = await Promise.all([sealed.openPlan(verificationId), orderOf(planned, record, context)]);
  if (!plan) throw new Problem('result-expired', { billed: 'no' });
  return { step, planned, record, plan, order, sealed, call, context };
}

/** The request of a step. Null: nobody knows whom it is about. @throws Problem `media-unavailable` */
export async function requestOf({ step, planned, plan, sealed, context }: RunningStep) {
  const given = plan.checks[step.check] ?? {};
  const fields = Object.entries(step.fields).filter(([, from]) => given[from] !== undefined);
  const subject = step.subject.length > 0 ? await subjectOf(plan, sealed) : null;
  const person = step.subject.filter((field) => subject?.[field] !== undefined);
  const request: Record<string, unknown> = {
    ...constantsOn(step, context.profile.name),
    ...Object.fromEntries(fields.map(([name, from]) => [name, given[from]])),
    ...Object.fromEntries(person.map((field) => [field, subject![field]])),
    ...(step.operation.creates ? { orderNo: planned.orderNo } : {}),
  };
  const complete = Object.entries(step.operation.request).every(
    ([name, field]) => 'optional' in field || name in request,
  );
  return complete ? request : null;
}
