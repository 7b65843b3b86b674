/** Problems on their way to the caller. */
import type { Billed } from '../codes/classify.ts';
import type { Violation } from '../request/validate.ts';
import { type ProblemKind, type ProblemSlug, problems } from './problems.ts';

/** What is known about one problem besides its kind. */
export interface ProblemFacts {
  readonly orderNo?: string;
  readonly verificationId?: string;
  readonly billed?: Billed;
  readonly afterSeconds?: number;
  readonly errors?: readonly Violation[];
  readonly upstream?: { readonly code: string; readonly bizSeqNo: string | null; readonly profile: string };
  readonly reason?: string;
  readonly action?: string;
  readonly messageZh?: string;
  readonly messageEn?: string;
}

/** The one error class: a problem on its way to the caller. Its message is the static title. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly slug: ProblemSlug;
  readonly facts: ProblemFacts;
  /** From the record of an earlier call. */
  readonly replayed: boolean;

  constructor(slug: ProblemSlug, facts: ProblemFacts = {}, replayed = false) {
    super(problems[slug].title);
    this.slug = slug;
    this.facts = facts;
    this.replayed = replayed;
  }
}

/** A problem document. */
export type ProblemDocument = ReturnType<typeof problemDocument>;

/** The problem document that a caller gets. */
export function problemDocument({ slug, facts }: Problem, requestId: string) {
  const { status, title, detail, billed, retry }: ProblemKind = problems[slug];
  const { afterSeconds = retry.afterSeconds, billed: known, ...rest } = facts;
  return {
    type: `urn:signet:problem:${slug}`,
    title,
    status,
    detail,
    instance: `urn:signet:request:${requestId}`,
    ...rest,
    billed: known ?? (billed === 'by code' || billed === 'by record' ? 'unknown' : billed),
    retry: { sameOrder: retry.sameOrder, ...(afterSeconds === undefined ? {} : { afterSeconds }) },
  };
}
