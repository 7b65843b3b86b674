/** Schemas of what is shown of a verification: its steps, and how it was decided. */
import { checks, steps } from '../verifications/checks.ts';
import { type Decision, type Effect, ruleMeanings } from '../verifications/policy.ts';
import type { StepView, VerificationView } from '../verifications/view.ts';
import { orderStates } from './answers.ts';
import { outcomesOf } from './outcomes.ts';
import { componentName, nullable, openObject, orderNoSchema, type Properties, ref, type Schema } from './schema.ts';
import { planSchema } from './verification-plan.ts';

const stepSchema: Schema = { type: 'string', enum: steps.map(({ name }) => name) };

const ruleSchema: Schema = {
  ...openObject(
    {
      rule: {
        type: 'string',
        enum: Object.keys(ruleMeanings),
        description: Object.entries(ruleMeanings)
          .map(([rule, { meaning }]) => `${rule}: ${meaning}.`)
          .join(' '),
      },
      step: { ...stepSchema, description: 'Left out where the rule is about the verification as a whole.' },
      value: {
        type: ['string', 'number', 'null'],
        description: 'A score, a reason, a state or another slug; nothing of a document or a person.',
      },
      threshold: { type: 'number', minimum: 0, maximum: 100, description: 'What a score was held against.' },
      effect: { type: 'string', enum: ['approve', 'review', 'decline'] satisfies Effect[] },
    },
    ['rule', 'value', 'effect'],
  ),
  description: 'One rule that led to the decision.',
};

const decisionSchema: Schema = {
  ...openObject(
    {
      verdict: {
        type: 'string',
        enum: ['approved', 'review', 'declined'] satisfies Decision['verdict'][],
        description: 'declined when a rule declines, else review when one reviews, else approved.',
      },
      rules: { type: 'array', items: ref('Rule') },
      policyVersion: {
        type: 'string',
        pattern: '^[0-9]+-[0-9a-f]{12}$',
        description: "Edition of the rules and digest of the stage's policy.",
      },
    },
    ['verdict', 'rules', 'policyVersion'],
  ),
  description: 'How it was decided. It holds no personal data.',
};

const stepStatuses: readonly StepView['status'][] = ['pending', 'running', 'skipped', 'incomplete', ...orderStates];
const operationsOfSteps = [...new Set(steps.map(({ operation }) => operation))];

const stepViewSchema: Schema = openObject(
  {
    step: stepSchema,
    check: { type: 'string', enum: Object.keys(checks) },
    orderNo: {
      ...nullable(orderNoSchema),
      description: 'Number of its order. A step that only asks leaves none: null, then a trace that names no order.',
    },
    status: {
      type: 'string',
      enum: stepStatuses,
      description:
        'pending: not begun; running: sent, not answered; skipped: not wanted after what came before; incomplete: ended without an order that has ended; else the state of its order.',
    },
    outcome: {
      ...nullable({
        type: 'string',
        enum: [...new Set(operationsOfSteps.flatMap((operation) => [...outcomesOf(operation).keys()]))],
      }),
      description: "Its operation's outcome, once there is one.",
    },
    reason: { ...nullable({ type: 'string' }), description: 'Why, where there is no positive outcome.' },
    billed: ref('Billed'),
    upstream: nullable(ref('Upstream')),
    result: {
      anyOf: operationsOfSteps.map(({ name }) => ref(componentName(name, 'Result'))),
      description: "The result of the step's operation. Only with results=true, and for steps that succeeded.",
    },
  },
  ['step', 'check', 'orderNo', 'status', 'outcome', 'reason', 'billed', 'upstream'],
);

const verificationSchema: Schema = openObject(
  {
    verificationId: orderNoSchema,
    continues: orderNoSchema,
    status: {
      type: 'string',
      enum: ['running', 'completed', 'failed'] satisfies VerificationView['status'][],
      description: 'completed: there is a decision; failed: the workflow itself broke, and there will be none.',
    },
    steps: {
      type: 'array',
      items: ref('VerificationStep'),
      description: 'Those taken over first, then its own in the order of execution.',
    },
    decision: ref('Decision'),
  },
  ['verificationId', 'status', 'steps'],
);

/** All schemas around verifications by their names. */
export const verificationSchemas: Properties = {
  VerificationPlan: planSchema,
  Verification: verificationSchema,
  VerificationStep: stepViewSchema,
  Decision: decisionSchema,
  Rule: ruleSchema,
};
