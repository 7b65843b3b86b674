/** Rules about a consent. */

import { foldName, foldNumber } from '../../names.ts';
import type { About, Effect, Rule, RuleName, StepFacts } from '../policy.ts';
import type { Judged } from '../step.ts';

/** What each outcome of a consent means. */
export const consentOutcomes: Readonly<Record<string, Effect>> = {
  recorded: 'approve',
  authorized: 'approve',
  'not-authorized': 'decline',
} satisfies Partial<Record<RuleName, Effect>>;

/**
 * A consent asked for by user number alone is on record for whoever that is: not for the subject when the answer names
 * somebody else. What the upstream masks with stars, or does not say, says nothing.
 */
export function consentRules(
  { step, result }: StepFacts,
  judged: Extract<Judged, { as: 'consent' }>,
  { subject }: About,
): readonly Rule[] {
  const named = judged.name !== undefined || judged.idNo !== undefined;
  // Whose consent it is could not be looked at.
  if (named && result === null) return [{ rule: 'step-incomplete', step, value: 'unreadable', effect: 'review' }];
  const differs = ([field, expected, fold]: readonly [string | undefined, unknown, typeof foldName]): boolean => {
    const [answered, asked] = [field === undefined ? null : fold(result?.[field]), fold(expected)];
    return answered !== null && asked !== null && !answered.includes('*') && answered !== asked;
  };
  const pairs = [
    [judged.name, subject?.name, foldName],
    [judged.idNo, subject?.idNo, foldNumber],
  ] as const;
  return pairs.some(differs) ? [{ rule: 'consent-differs', step, value: 'differs', effect: 'review' }] : [];
}
