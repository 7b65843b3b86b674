/** What the facts of a verification are judged against. */
import type { Context } from '../flow/context.ts';
import { foldNumber } from '../names.ts';
import { isoChina } from '../time.ts';
import { steps } from './checks.ts';
import type { About, ApprovalPolicy, Subject } from './policy.ts';
import type { SealedPlan, Seals } from './sealed.ts';
import type { Judged, Step } from './step.ts';

type Card = Step & { readonly judged: Extract<Judged, { as: 'document' }> };

/** Whether a step reads the card that says who the subject is. */
export const isSubjectsCard = (step: Step): step is Card =>
  step.judged.as === 'document' && step.judged.isSubject === true;

/** The step that reads it. */
export const card = steps.find(isSubjectsCard)!;

/** The subject as the plan names it, or as its own card does. @throws Problem `media-unavailable` */
export async function subjectOf({ subject, verificationId }: SealedPlan, sealed: Seals): Promise<Subject | null> {
  if (subject?.idNo !== undefined) return subject;
  const result = await sealed.openResult(verificationId, card.name);
  const { group, name, idNo } = card.judged;
  const read = (result?.[group!] ?? {}) as Record<string, unknown>;
  const number = foldNumber(read[idNo!]);
  const readName = read[name!];
  if (typeof readName !== 'string' || number === null) return subject;
  return { ...subject, name: readName, idNo: number };
}

/** Where a stage does not say what it approves, nothing is approved without these. */
const strictest: Omit<ApprovalPolicy, 'similarity'> = {
  requires: ['consent', 'idCard', 'face', 'liveness'],
  warnings: { review: [], decline: [] },
};

/** What the steps of a plan are judged against today. @throws Problem `media-unavailable` */
export async function aboutOf(plan: SealedPlan, sealed: Seals, { policy, now }: Context): Promise<About> {
  const { similarity, approval = strictest } = policy;
  return {
    subject: await subjectOf(plan, sealed),
    subjectGiven: plan.subject?.idNo !== undefined,
    policy: { similarity, ...approval },
    today: isoChina(now()).slice(0, 10),
  };
}
