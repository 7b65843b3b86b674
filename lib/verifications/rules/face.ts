/** Rules about faces, compared or alive. */
import type { About, Effect, Rule, RuleName, StepFacts } from '../policy.ts';
import type { Judged } from '../step.ts';

/** What each outcome of a comparison means, but for `match`, which its score decides. */
export const faceOutcomes: Readonly<Record<string, Effect>> = {
  'no-match': 'decline',
  'not-live': 'decline',
  'identity-mismatch': 'decline',
  'identity-not-found': 'decline',
  refused: 'decline',
  undecided: 'review',
  'no-reference': 'review',
} satisfies Partial<Record<RuleName, Effect>>;

const score = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 && value <= 100 ? value : null;

/** A match: how alike, with whose photo, how alive. One that does not say whose is not taken for the authority's. */
export function matchRules(
  { step, result }: StepFacts,
  { livenessScore }: Extract<Judged, { as: 'face' }>,
  { policy }: About,
): readonly Rule[] {
  const { approve } = policy.similarity;
  const value = score(result?.similarity);
  const enough = value !== null && value >= approve;
  const similarity: Rule = {
    rule: 'similarity',
    step,
    value,
    threshold: approve,
    effect: enough ? 'approve' : 'review',
  };
  const alive = livenessScore === undefined ? [] : [livenessRule(step, score(result?.[livenessScore]), policy)];
  const reference = result?.reference;
  if (reference === 'authority') return [similarity, ...alive];
  const supplied = reference === 'supplied' ? 'supplied' : 'unknown';
  return [similarity, { rule: 'supplied-reference', step, value: supplied, effect: 'review' }, ...alive];
}

// The upstream publishes no threshold of its own (specification 9.2).
function livenessRule(step: StepFacts['step'], value: number | null, { livenessScore }: About['policy']): Rule {
  const enough = value !== null && value >= (livenessScore ?? 0);
  const threshold = livenessScore === undefined ? {} : { threshold: livenessScore };
  return { rule: 'liveness-score', step, value, ...threshold, effect: enough ? 'approve' : 'review' };
}

/** The score and the threshold of a comparison that the stage's threshold has decided; nothing for others. */
export function belowThreshold({ reason, result }: StepFacts, { policy }: About): Partial<Rule> {
  const value = score(result?.similarity);
  if (reason !== 'below-threshold' || value === null) return {};
  return { value, threshold: score(result?.threshold) ?? policy.similarity.match };
}
