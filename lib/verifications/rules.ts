/** The rules of one step: what its facts mean for the verdict. */
import { stepNamed } from './checks.ts';
import type { About, Effect, Rule, RuleName, StepFacts } from './policy.ts';
import { consentOutcomes, consentRules } from './rules/consent.ts';
import { documentRules } from './rules/document.ts';
import { belowThreshold, faceOutcomes, matchRules } from './rules/face.ts';

/** Where nobody knows what was bought. */
const open: readonly StepFacts['status'][] = ['sent', 'unknown', 'unresolved'];

/** The upstream's limit of attempts of one person, by the reason of its code and by the problem that it becomes. */
const limits: readonly (string | null)[] = ['subject-limit', 'subject-limit-reached'];

// A reason is a slug of our own; what is none could be anybody's text.
const slug = (reason: string | null): string | null =>
  reason !== null && reason.length <= 64 && /^[a-z]+(-[a-z0-9]+)*$/.test(reason) ? reason : null;

/**
 * The rules of a step. Also says, right after a step, whether the steps after it are to be skipped: when one of its
 * rules declines. A step that was skipped has none.
 */
export function rulesOfStep(facts: StepFacts, about: About): readonly Rule[] {
  const { status, outcome } = facts;
  if (status === 'skipped') return [];
  const judged = status === 'succeeded' && outcome !== null ? outcomeRules(facts, outcome, about) : null;
  return judged ?? [withoutOutcome(facts)];
}

/** Null: no outcome that this step can have. */
function outcomeRules(facts: StepFacts, outcome: string, about: About): readonly Rule[] | null {
  const judged = stepNamed(facts.step)?.judged;
  const { step } = facts;
  const said = (effects: Readonly<Record<string, Effect>>): Rule | null =>
    Object.hasOwn(effects, outcome)
      ? { rule: outcome as RuleName, step, value: slug(facts.reason), effect: effects[outcome]! }
      : null;
  switch (judged?.as) {
    case 'consent': {
      const rule = said(consentOutcomes);
      return rule && [rule, ...consentRules(facts, judged, about)];
    }
    case 'face': {
      if (outcome === 'match') return matchRules(facts, judged, about);
      const rule = said(faceOutcomes);
      return rule && [{ ...rule, ...belowThreshold(facts, about) }];
    }
    case 'document':
      return outcome === 'read' ? documentRules(facts, judged, about) : null;
    default:
      return null;
  }
}

function withoutOutcome({ step, status, reason }: StepFacts): Rule {
  if (open.includes(status)) return { rule: 'order-unresolved', step, value: status, effect: 'review' };
  if (status === 'rejected' && reason === 'document-expired') {
    return { rule: 'document-expired', step, value: 'expired', effect: 'decline' };
  }
  const value = slug(reason) ?? status;
  return { rule: limits.includes(reason) ? 'person-limit' : 'step-incomplete', step, value, effect: 'review' };
}
