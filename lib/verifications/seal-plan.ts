/** A plan made ready to run: what it continues, whose media it uses, and which order each of its steps will be. */
import { createHmac } from 'node:crypto';
import type { Call, Context } from '../flow/context.ts';
import { Problem } from '../http/problem.ts';
import { mediaPointer } from '../media/file.ts';
import { day } from '../media/records.ts';
import { closeFiles, findMedia, takeMedia, type Use, type User, useOf } from '../media/staged.ts';
import { compare, foldName, foldNumber } from '../names.ts';
import { fingerprintOf } from '../orders/fingerprint.ts';
import { stagePrefix } from '../orders/order-no.ts';
import type { Violation } from '../request/validate.ts';
import { card, isSubjectsCard, subjectOf } from './about.ts';
import { isStaged, lacksSubject, type Plan } from './plan.ts';
import { plannedSteps } from './planned.ts';
import type { Subject } from './policy.ts';
import type { InheritedStep, NewVerification, PlannedStep, VerificationRecord } from './records.ts';
import { type SealedPlan, seals } from './sealed.ts';
import type { Step } from './step.ts';

/** A verification that may be recorded, sealed and started. */
export interface Ready {
  readonly verification: NewVerification;
  readonly plan: SealedPlan;
}

/** A call that starts a verification, with the key of all fingerprints. */
export interface Starting {
  readonly verificationId: string;
  readonly plan: Plan;
  readonly fingerprint: string;
  readonly key: string;
  readonly call: Call;
  readonly context: Context;
}

const refuse = (errors: readonly Violation[]): Problem => new Problem('invalid-request', { errors });

/** What a verification takes over from the one that it continues. */
interface Earlier {
  readonly record: VerificationRecord | null;
  readonly plan: SealedPlan | null;
}

/** @throws Problem when there is nothing to continue, `ledger-unavailable`, `media-unavailable` */
async function earlierOf({ plan, call, context }: Starting): Promise<Earlier> {
  const { verifications, staging, policy, now } = context;
  if (plan.continues === undefined) return { record: null, plan: null };
  const record = await verifications.read(plan.continues).catch(() => {
    throw new Problem('ledger-unavailable');
  });
  const refused = (rule: string) => refuse([{ pointer: '/continues', rule }]);
  if (!record || (policy.isolateCallers && record.caller !== call.caller)) throw refused('unknown');
  if (now() - record.rootAt >= day) throw refused('expired');
  if (!record.decision) throw refused('running');
  const { openPlan, openResult } = seals(staging.objects);
  const sealed = await openPlan(plan.continues);
  if (!sealed) throw refused('expired');
  // Without what the card said, another person could be put in the place of the one who was checked.
  const byCard = sealed.subject?.idNo === undefined && record.steps[card.name]?.status === 'succeeded';
  if (byCard && !(await openResult(plan.continues, card.name))) throw refused('expired');
  return { record, plan: sealed };
}

/** Steps of checks that this plan does not ask for again, as they ended. */
function inheritedFrom({ plan }: Starting, { record }: Earlier): readonly InheritedStep[] {
  if (!record) return [];
  const own = record.planned
    .flatMap(({ step }) => record.steps[step] ?? [])
    .map((state) => ({ ...state, sealedBy: record.verificationId }));
  return [...record.inherited, ...own].filter(({ check }) => plan.checks[check] === undefined);
}

const folds = { name: foldName, idNo: foldNumber, userId: (value: unknown) => (value as string | undefined) ?? null };

/** Whoever was checked before is who is checked now: their finished checks are taken over. */
async function mergedSubject({ subject }: Plan, earlier: Earlier, { staging }: Context): Promise<Subject | null> {
  const before = earlier.plan && (await subjectOf(earlier.plan, seals(staging.objects)));
  if (!subject || !before) return subject ?? before;
  const other = (['name', 'idNo', 'userId'] as const).find(
    (field) => compare(folds[field], subject[field], before[field]) === 'differs',
  );
  if (other !== undefined) throw refuse([{ pointer: `/subject/${other}`, rule: 'other-person' }]);
  return { ...before, ...subject };
}

/** The order of a step: the same however often the plan is sent. Other callers and stages cannot meet it. */
function orderNoOf({ key, verificationId, plan, context }: Starting, step: Step): string | null {
  const { operation, fields, check } = step;
  if (!operation.creates) return null;
  const given = Object.hasOwn(fields, 'orderNo') ? plan.checks[check]?.[fields.orderNo!] : undefined;
  if (typeof given === 'string') return given;
  return (
    stagePrefix(context.stage) +
    createHmac('sha256', key).update(`step\n${verificationId}\n${step.name}`).digest('hex').slice(0, 28)
  );
}

/** Each staged file under the limits of every step that is called with it. */
function usesOf({ plan, context }: Starting, planned: readonly Step[]): readonly Use[] {
  return planned.flatMap(({ operation, check, fields }) =>
    Object.entries(fields).flatMap(([name, from]): Use[] => {
      const value = plan.checks[check]?.[from];
      if (value === undefined || !isStaged(value)) return [];
      return [useOf(operation, name, context.profile.name, value, mediaPointer(`checks/${check}/${from}`))];
    }),
  );
}

/** A step that continues an order needs one that can be continued, of the same person. */
async function openOrders(starting: Starting, planned: readonly Step[], person: string | undefined) {
  const { call, context } = starting;
  const { ledger, policy, now } = context;
  const errors: Violation[] = [];
  for (const step of planned) {
    const { operation, check, fields } = step;
    if (operation.order.kind !== 'continues') continue;
    const pointer = `/checks/${check}/${fields.orderNo}`;
    const record = await ledger.read(orderNoOf(starting, step)!).catch(() => {
      throw new Problem('ledger-unavailable');
    });
    const own = record && !(policy.isolateCallers && record.caller !== call.caller);
    const fresh = (record?.challenge?.issuedAt ?? 0) > now() - policy.challengeMaxAge * 1000;
    const open = own && record.operation === operation.order.from && record.state === 'succeeded' && fresh;
    if (!open) errors.push({ pointer, rule: 'no-challenge' });
    else if (record.subject !== person) errors.push({ pointer, rule: 'other-person' });
  }
  return errors;
}

/**
 * Makes a plan ready: refuses what cannot work, and binds its media to the verification.
 *
 * @throws Problem `invalid-request`, `media-invalid`, `media-used`, `media-unavailable`, `ledger-unavailable`
 */
export async function makeReady(starting: Starting): Promise<Ready> {
  const { verificationId, plan, fingerprint, key, call, context } = starting;
  const { policy, staging, now } = context;
  const earlier = await earlierOf(starting);
  const inherited = inheritedFrom(starting, earlier);
  const planned = plannedSteps(plan.checks);

  const subject = await mergedSubject(plan, earlier, context);
  const lacking = lacksSubject(plan.checks, subject, planned.some(isSubjectsCard));
  if (lacking.length > 0) throw refuse(lacking);
  const person = subject?.idNo === undefined ? undefined : fingerprintOf.subject(key, subject.idNo);
  const orders = await openOrders(starting, planned, person);
  if (orders.length > 0) throw refuse(orders);

  const uses = usesOf(starting, planned);
  const holder = `verification#${verificationId}` as const;
  const user: User = { caller: call.caller, isolated: policy.isolateCallers, holder, now: now() };
  const found = await findMedia(staging, uses, user);
  closeFiles((await takeMedia(staging, uses, found, user)).files);

  const steps = planned.map(
    (step): PlannedStep => ({ step: step.name, check: step.check, orderNo: orderNoOf(starting, step) }),
  );
  const createdAt = now();
  return {
    plan: { verificationId, caller: call.caller, subject, checks: plan.checks },
    verification: {
      verificationId,
      caller: call.caller,
      fingerprint,
      ...(person === undefined ? {} : { subject: person }),
      createdAt,
      rootAt: earlier.record?.rootAt ?? createdAt,
      ...(plan.continues === undefined ? {} : { continues: plan.continues }),
      planned: steps,
      inherited,
      media: [...found.keys()],
    },
  };
}
