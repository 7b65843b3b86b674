/** What a verification is judged by, and the form of its decision. No value of a rule names or shows a person. */
import type { OrderState } from '../orders/record.ts';
import type { Result } from '../result/read.ts';
import type { CheckName, StepName } from './step.ts';

/** What a rule does to the verdict; the gravest one counts. */
export type Effect = 'approve' | 'review' | 'decline';

/** The rules of the decision, each with what it says; an effect of `by policy` is the stage's. */
export const ruleMeanings = {
  recorded: { effect: 'approve', meaning: 'The consent was recorded' },
  authorized: { effect: 'approve', meaning: 'The consent is on record' },
  'not-authorized': { effect: 'decline', meaning: 'No consent of this person is on record' },
  'consent-differs': { effect: 'review', meaning: 'The consent on record names somebody else than the subject' },
  similarity: { effect: 'by policy', meaning: 'The faces match; approved from the threshold on, else reviewed' },
  'supplied-reference': { effect: 'review', meaning: "The faces match, but not with the authority's photo" },
  'liveness-score': {
    effect: 'by policy',
    meaning: 'How alive the face is: reviewed when unreadable, or below the threshold of a stage that has one',
  },
  'no-match': { effect: 'decline', meaning: 'The faces are not of the same person' },
  'not-live': { effect: 'decline', meaning: 'The person is not there alive' },
  'identity-mismatch': { effect: 'decline', meaning: 'Name and ID number do not belong together' },
  'identity-not-found': { effect: 'decline', meaning: 'The authority does not know the ID number' },
  refused: { effect: 'decline', meaning: "The upstream's risk control refused" },
  undecided: { effect: 'review', meaning: 'The faces were compared without a readable score' },
  'no-reference': { effect: 'review', meaning: 'The authority holds no photo of the person' },
  'document-expired': { effect: 'decline', meaning: 'The document has expired' },
  'not-valid-yet': { effect: 'review', meaning: 'The document becomes valid on a later day' },
  'validity-unreadable': { effect: 'review', meaning: 'Until when the document is valid could not be read' },
  'side-missing': { effect: 'review', meaning: 'The named step, the other side of the document, is missing' },
  'name-differs': { effect: 'review', meaning: "The document's name is not the subject's" },
  'name-unreadable': { effect: 'review', meaning: "The document's name could not be read" },
  'number-differs': { effect: 'review', meaning: "The document's ID number is not the subject's" },
  'number-unreadable': { effect: 'review', meaning: "The document's number could not be read" },
  'owner-differs': { effect: 'review', meaning: 'The vehicle belongs to somebody else than the subject' },
  'owner-unreadable': { effect: 'review', meaning: "The vehicle's owner could not be read" },
  'subject-unknown': { effect: 'review', meaning: 'Nobody is known to compare the document with' },
  'document-warning': { effect: 'by policy', meaning: 'The upstream warns about the picture of the document' },
  'person-limit': { effect: 'review', meaning: 'The person has used up the attempts of 24 hours' },
  'order-unresolved': { effect: 'review', meaning: 'What became of the order is not known' },
  'step-incomplete': { effect: 'review', meaning: 'The step ended without an outcome, or with nothing to judge' },
  'check-missing': { effect: 'review', meaning: 'A check that the stage requires is not part of the verification' },
  'person-differs': { effect: 'review', meaning: 'Not all steps were called for one person' },
  'nothing-checked': { effect: 'review', meaning: 'No step has run' },
} as const satisfies Record<string, { readonly effect: Effect | 'by policy'; readonly meaning: string }>;

/** The name of a rule. */
export type RuleName = keyof typeof ruleMeanings;

/** One rule that led to a decision. `value` and `threshold` are codes, slugs and scores, nothing of a document. */
export interface Rule {
  readonly rule: RuleName;
  /** Left out where a rule is about the verification as a whole. */
  readonly step?: StepName;
  readonly value: string | number | null;
  readonly threshold?: number;
  readonly effect: Effect;
}

/** The person that a verification is about, as far as known. */
export interface Subject {
  readonly name?: string;
  readonly idNo?: string;
  readonly userId?: string;
}

/** What became of a step. */
export interface StepFacts {
  readonly step: StepName;
  /** State of its order; `skipped`: not run; `incomplete`: run without leaving an order that has ended. */
  readonly status: OrderState | 'skipped' | 'incomplete';
  readonly outcome: string | null;
  readonly reason: string | null;
  /** As sealed after the step; null when it is gone. */
  readonly result: Result | null;
}

/** When a stage approves. */
export interface ApprovalPolicy {
  /** Similarity, 0 to 100, from which two photos match (`match`) and a verification is approved (`approve`). */
  readonly similarity: { readonly match: number; readonly approve: number };
  /** Liveness score, 0 to 100, from which a verification is approved; without it any readable score is enough. */
  readonly livenessScore?: number;
  /** Checks without which nothing is approved; of a list, one is enough. */
  readonly requires: readonly (CheckName | readonly CheckName[])[];
  /** Which known warnings mean review or decline; the others are let pass, unknown ones are reviewed. */
  readonly warnings: { readonly review: readonly string[]; readonly decline: readonly string[] };
}

/** What facts are judged against. */
export interface About {
  readonly subject: Subject | null;
  /**
   * Whether name and number of the subject are from elsewhere than the card of these steps: the plan, or an earlier
   * verification whose card has been superseded. False: from their portrait side, which is not compared with itself.
   */
  readonly subjectGiven: boolean;
  readonly policy: ApprovalPolicy;
  /** China's date, `YYYY-MM-DD`. */
  readonly today: string;
  /** Whether all steps that name a person name the same one; of a single step there is nothing to compare. */
  readonly onePerson?: boolean;
}

/** How a verification was decided. */
export interface Decision {
  readonly verdict: 'approved' | 'review' | 'declined';
  readonly rules: readonly Rule[];
  /** Edition of the rules and digest of the policy. */
  readonly policyVersion: string;
}

/** The warnings that a policy can name (design, section 4). */
export const knownWarnings: readonly string[] = [
  'border-incomplete',
  'photocopy',
  'reshot',
  'temporary-card',
  'covered',
  'expired',
  'glare',
  'invalid-date',
];
