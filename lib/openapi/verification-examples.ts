/** Examples of plans, and of what is shown of a verification. All values are the samples of their fields. */
import type { Answer } from '../flow/answer.ts';
import type { RequestFields } from '../operation.ts';
import type { Result } from '../result/read.ts';
import { type CheckName, checks, stepNamed } from '../verifications/checks.ts';
import { subjectFields } from '../verifications/plan.ts';
import { plannedSteps } from '../verifications/planned.ts';
import type { Decision } from '../verifications/policy.ts';
import type { StepView, VerificationView } from '../verifications/view.ts';
import { exampleAnswer, exampleResult } from './examples.ts';

const fieldsOf: readonly (readonly [CheckName, string])[] = Object.entries(checks).flatMap(([check, { fields }]) =>
  Object.keys(fields).map((name) => [check as CheckName, name] as const),
);

/** Each file of a plan has an id of its own. */
const exampleMediaId = (check: CheckName, name: string): string =>
  `specimen${String(fieldsOf.findIndex(([a, b]) => a === check && b === name) + 1).padStart(24, '0')}`;

const samplesOf = (fields: RequestFields, media: (name: string) => unknown): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, field.kind === 'media' ? media(name) : field.sample]),
  );

const sample = (check: CheckName): Readonly<Record<string, unknown>> =>
  samplesOf(checks[check].fields, (name) => ({ mediaId: exampleMediaId(check, name) }));

const samples = (...names: readonly CheckName[]) => Object.fromEntries(names.map((name) => [name, sample(name)]));

const subject = samplesOf(subjectFields, () => undefined);
const { userId } = subject;

/** A plan by public names. */
export type ExamplePlan = Readonly<Record<string, unknown>> & {
  readonly checks: Readonly<Partial<Record<CheckName, object>>>;
};

/**
 * Plans by name: `complete` has every check with every field; `cardFirst` and `thenFace` are two parts of one flow, in
 * which the card says who the person is.
 */
export const examplePlans = {
  complete: {
    verificationId: 'verify20210621142227',
    subject,
    checks: samples(...(Object.keys(checks) as CheckName[])),
  },
  cardFirst: {
    verificationId: 'card20210621142227',
    subject: { userId },
    checks: { consent: {}, ...samples('idCard') },
  },
  thenFace: {
    verificationId: 'face20210621142309',
    continues: 'card20210621142227',
    checks: { face: { photo: { mediaId: exampleMediaId('face', 'photo') } } },
  },
} as const satisfies Readonly<Record<string, ExamplePlan>>;

/** The decision about {@link exampleVerification}. */
export const exampleDecision: Decision = {
  verdict: 'approved',
  rules: [
    { rule: 'authorized', step: 'consent-check', value: null, effect: 'approve' },
    { rule: 'similarity', step: 'face', value: 90.27, threshold: 80, effect: 'approve' },
  ],
  policyVersion: '2-150a86c43812',
};

const shown = (plan: ExamplePlan, results: boolean): readonly StepView[] =>
  plannedSteps(plan.checks).map(({ name: step, check, operation, constants }, index): StepView => {
    const { outcome, reason, billed, upstream } = exampleAnswer(operation) as unknown as Answer;
    const orderNo = `demo${String(index + 1).padStart(28, '0')}`;
    const view = { step, check, orderNo, status: 'succeeded', outcome, reason, billed, upstream } as const;
    return results ? { ...view, result: exampleResult(operation.result, constants ?? {}) as Result } : view;
  });

const begun = (step: StepView): StepView => ({
  ...step,
  orderNo: stepNamed(step.step)!.operation.creates ? step.orderNo : null,
  status: 'pending',
  outcome: null,
  billed: 'no',
  upstream: null,
});

/** `cardFirst` after its start. */
export const exampleStart: VerificationView = {
  verificationId: examplePlans.cardFirst.verificationId,
  status: 'running',
  steps: shown(examplePlans.cardFirst, false).map(begun),
};

/** `thenFace` when it is over; with results, as `results=true` shows it. */
export function exampleVerification(results: boolean): VerificationView {
  const { verificationId, continues } = examplePlans.thenFace;
  return {
    verificationId,
    continues,
    status: 'completed',
    steps: [...shown(examplePlans.cardFirst, results), ...shown(examplePlans.thenFace, results)],
    decision: exampleDecision,
  };
}
