/** The end of a verification: facts from the seals and the ledger, the decision, what is deleted, and who is told. */

import type { Context } from '../flow/context.ts';
import type { NeedOf } from '../flow/sweep.ts';
import { errorFields } from '../log.ts';
import { uploadable } from '../media/records.ts';
import { removeMedia } from '../media/staged.ts';
import { isoChina } from '../time.ts';
import { aboutOf } from './about.ts';
import { decide } from './decide.ts';
import { ownOrder } from './own-order.ts';
import { isCalledFor } from './planned.ts';
import type { Decision } from './policy.ts';
import type { PlannedStep, StepState, VerificationRecord } from './records.ts';
import { seals } from './sealed.ts';
import { blank, declines, endOf, factsOf } from './step-end.ts';
import { statusOf } from './view.ts';

/** What the state machine ends with. */
export interface Concluded {
  readonly verificationId: string;
  readonly status: 'completed';
  readonly verdict: Decision['verdict'];
}

/** The detail type of the event that tells of a decision. */
export const completedEvent = 'Signet Verification Completed';

/**
 * Decides a verification, once; called again it says what was decided and tells it again.
 *
 * @throws an error without personal data when the verification or its plan is gone, or a store fails: it may be called
 * again
 */
export async function concludeVerification(verificationId: string, context: Context): Promise<Concluded> {
  const { verifications } = context;
  const found = await verifications.read(verificationId);
  if (!found) throw new Error('There is no such verification');
  const record = found.decision ? found : await decideNow(found, context);
  const { verdict } = record.decision!;
  if (verdict !== 'review') await dropMedia(record, context);
  await tell(record, context);
  return { verificationId, status: 'completed', verdict };
}

async function decideNow(record: VerificationRecord, context: Context): Promise<VerificationRecord> {
  const { verificationId, planned, inherited } = record;
  const { verifications, staging, ledger, now } = context;
  const sealed = seals(staging.objects);
  const plan = await sealed.openPlan(verificationId);
  if (!plan) throw new Error('The plan of the verification is gone');
  const ended = await Promise.all(planned.map((step) => stateOf(step, record, context)));
  const known = (state: StepState, sealedBy: string) =>
    factsOf(state, sealedBy, sealed, () => ownOrder(state, sealedBy, ledger));
  const facts = await Promise.all(ended.map((state) => known(state, verificationId)));
  const before = await Promise.all(inherited.map((state) => known(state, state.sealedBy)));
  const persons = new Set([record, ...inherited, ...ended].flatMap(({ subject }) => subject ?? []));
  const about = { ...(await aboutOf(plan, sealed, context)), onePerson: persons.size < 2 };
  const decision = decide([...before, ...facts], about);
  // One that did not get to say that it declines must say so to whatever continues this verification.
  const states = ended.map((state, at) => ({ ...state, declines: state.declines || declines(facts[at]!, about) }));
  if (await verifications.decided(verificationId, decision, states, now())) {
    const steps = Object.fromEntries(states.map((state) => [state.step, state]));
    return { ...record, decision, steps, endedAt: now() };
  }
  const other = await verifications.read(verificationId);
  if (!other?.decision) throw new Error('The decision could not be noted');
  return other;
}

/** How a step stands at the end: as it reported, or as the ledger knows its order. */
async function stateOf(planned: PlannedStep, record: VerificationRecord, { ledger }: Context): Promise<StepState> {
  const reported = record.steps[planned.step];
  if (reported) return reported;
  const order = await ownOrder(planned, record.verificationId, ledger);
  if (order) return endOf(planned, order);
  const declined = [...record.inherited, ...Object.values(record.steps)].some((state) => state.declines);
  return {
    ...blank(planned),
    status: declined || !isCalledFor(planned.step, Object.values(record.steps)) ? 'skipped' : 'incomplete',
  };
}

/** Deletes the uploads. One that fails is left to the schedule. */
async function dropMedia({ media, verificationId }: VerificationRecord, { staging, log, now }: Context): Promise<void> {
  await removeMedia(staging, media, now() + uploadable).catch((error: unknown) =>
    log('warn', 'media-not-removed', { verificationId, ...errorFields(error) }),
  );
}

/** Tells whoever listens; at least once, because a failure has the state machine call again. */
async function tell(record: VerificationRecord, { events }: Context): Promise<void> {
  const { verificationId, decision, steps, inherited, planned, endedAt } = record;
  const states = [...inherited, ...planned.flatMap(({ step }) => steps[step] ?? [])];
  await events.send(completedEvent, {
    verificationId,
    ...(record.continues === undefined ? {} : { continues: record.continues }),
    verdict: decision!.verdict,
    policyVersion: decision!.policyVersion,
    rules: [...new Set(decision!.rules.filter(({ effect }) => effect !== 'approve').map(({ rule }) => rule))],
    orders: states.flatMap(({ orderNo, status }) =>
      orderNo === null || status === 'skipped' || status === 'incomplete' ? [] : [orderNo],
    ),
    at: isoChina(endedAt!),
  });
}

/** A verification needs its files no longer when it is decided, or never will be; one for review keeps them for their day. */
export const needOfVerification: NeedOf = async ({ boundTo }, { verifications }, at) => {
  const record = await verifications.read(boundTo!.slice('verification#'.length));
  if (!record) return 'running';
  if (record.decision) return record.decision.verdict === 'review' ? 'resting' : 'over';
  return statusOf(record, at) === 'failed' ? 'over' : 'running';
};
