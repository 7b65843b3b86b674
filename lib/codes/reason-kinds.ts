/**
 * What a parsed upstream code means. Positive and negative are definite results; input, rate, auth and config were
 * refused; after transient the call may have been executed; other means that nothing is known.
 */
export type CodeClass = 'positive' | 'negative' | 'input' | 'rate' | 'auth' | 'config' | 'transient' | 'other';

/** The definite business "no" that a negative code stands for. A failed liveness check is one, a blurred picture is not. */
export type Outcome =
  | 'no-match'
  | 'not-live'
  | 'refused'
  | 'identity-mismatch'
  | 'identity-not-found'
  | 'no-reference'
  | 'not-authorized'
  | 'not-found';

/** What the caller's front end can do about it. */
export type Action = 'retake' | 'new-challenge' | 'correct-input' | 'try-tomorrow' | 'none';

type Kind =
  | { class: 'negative'; outcome: Outcome; action: Action }
  | { class: Exclude<CodeClass, 'negative'>; action: Action };

/** One reason: its kind, and one sentence of advice in English and in simplified Chinese. */
export type ReasonEntry = Kind & { en: string; zh: string };

type Advice<Slug extends string> = Record<Slug, [en: string, zh: string]>;

const reasonsOf = <Slug extends string>(kind: Kind, advice: Advice<Slug>) =>
  Object.fromEntries(
    Object.entries<[string, string]>(advice).map(([slug, [en, zh]]) => [slug, { ...kind, en, zh }]),
  ) as Record<Slug, ReasonEntry>;

/** Reasons for a definite business "no". */
export const negative = <Slug extends string>(outcome: Outcome, action: Action, advice: Advice<Slug>) =>
  reasonsOf({ class: 'negative', outcome, action }, advice);

/** Reasons of any other class. */
export const advise = <Slug extends string>(
  codeClass: Exclude<CodeClass, 'negative'>,
  action: Action,
  advice: Advice<Slug>,
) => reasonsOf({ class: codeClass, action }, advice);
