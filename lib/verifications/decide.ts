/** The decision about a verification: rules over the facts of its steps, the gravest effect is the verdict. */
import { createHash } from 'node:crypto';
import { stepNamed, steps } from './checks.ts';
import { isCalledFor } from './planned.ts';
import type { About, ApprovalPolicy, Decision, Effect, Rule, StepFacts } from './policy.ts';
import { rulesOfStep } from './rules.ts';

/** Edition of the rules: a change of what they say is a new one. */
const edition = 2;

/**
 * Decides. The order of the facts does not matter: rules come in the order of execution, those about the whole last.
 * Nothing in a decision is of a document or names the subject.
 */
export function decide(facts: readonly StepFacts[], about: About): Decision {
  const ofSteps = inOrder(facts).flatMap((each) => rulesOfStep(each, about));
  const rules = [
    ...ofSteps,
    ...(verdictOf(ofSteps) === 'declined' ? [] : leftOut(facts)),
    ...missingSides(facts),
    ...missingChecks(facts, about.policy),
    ...severalPersons(about),
    ...nothingChecked(facts),
  ];
  return { verdict: verdictOf(rules), rules, policyVersion: policyVersion(about.policy) };
}

/** Tells policies and editions of the rules apart. */
export function policyVersion({ similarity, livenessScore, requires, warnings }: ApprovalPolicy): string {
  const { match, approve } = similarity;
  const values = [match, approve, livenessScore, requires, [...warnings.review].sort(), [...warnings.decline].sort()];
  return `${edition}-${createHash('sha256').update(JSON.stringify(values)).digest('hex').slice(0, 12)}`;
}

function verdictOf(rules: readonly Rule[]): Decision['verdict'] {
  const has = (effect: Effect) => rules.some((rule) => rule.effect === effect);
  if (has('decline')) return 'declined';
  return has('review') ? 'review' : 'approved';
}

const place = ({ step }: StepFacts): number => steps.findIndex(({ name }) => name === step);
const inOrder = (facts: readonly StepFacts[]) => [...facts].sort((a, b) => place(a) - place(b));

/** Only a step that declines may have others skipped: what was left out for any other reason has not been checked. */
function leftOut(facts: readonly StepFacts[]): readonly Rule[] {
  return inOrder(facts)
    .filter(({ step, status }) => status === 'skipped' && isCalledFor(step, facts))
    .map(({ step, status }) => ({ rule: 'step-incomplete', step, value: status, effect: 'review' }));
}

function missingSides(facts: readonly StepFacts[]): readonly Rule[] {
  return inOrder(facts).flatMap(({ step, status }): Rule[] => {
    const judged = stepNamed(step)?.judged;
    const other = judged?.as === 'document' ? judged.otherSide : undefined;
    if (status === 'skipped' || other === undefined || facts.some((each) => each.step === other)) return [];
    return [{ rule: 'side-missing', step, value: other, effect: 'review' }];
  });
}

function missingChecks(facts: readonly StepFacts[], { requires }: ApprovalPolicy): readonly Rule[] {
  const counting = facts.filter(({ step, status }) => status !== 'skipped' || isCalledFor(step, facts));
  const present = new Set(counting.map(({ step }) => stepNamed(step)?.check));
  return requires
    .map((entry) => (typeof entry === 'string' ? [entry] : entry))
    .filter((any) => !any.some((check) => present.has(check)))
    .map((any) => ({ rule: 'check-missing', value: any.join('|'), effect: 'review' }));
}

function severalPersons({ onePerson = true }: About): readonly Rule[] {
  return onePerson ? [] : [{ rule: 'person-differs', value: 'differs', effect: 'review' }];
}

function nothingChecked(facts: readonly StepFacts[]): readonly Rule[] {
  if (facts.some(({ status }) => status !== 'skipped')) return [];
  return [{ rule: 'nothing-checked', value: null, effect: 'review' }];
}
