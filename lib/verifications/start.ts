/** Starting a verification: recorded first, then sealed, then run; each of these once, however often the plan is sent. */
import type { Call, Context } from '../flow/context.ts';
import { Problem } from '../http/problem.ts';
import { fingerprintOf } from '../orders/fingerprint.ts';
import { makeOrderNo } from '../orders/order-no.ts';
import { stateName, steps } from './checks.ts';
import { readPlan } from './plan.ts';
import type { VerificationRecord } from './records.ts';
import { makeReady, type Starting } from './seal-plan.ts';
import { seals } from './sealed.ts';
import { type VerificationView, viewOf } from './view.ts';

/** A verification that was accepted, or had been before. */
export interface Started {
  readonly view: VerificationView;
  readonly replayed: boolean;
}

/** Days for which the record of a decision is kept where the stage does not say. */
const keptDays = 1825;

const orUnavailable = async <T>(work: Promise<T>): Promise<T> =>
  work.catch(() => {
    throw new Problem('ledger-unavailable');
  });

/**
 * Accepts a plan and runs it.
 *
 * @throws Problem `invalid-request`, `verification-payload-mismatch`, `media-invalid`, `media-used`,
 * `media-unavailable`, `ledger-unavailable`, `workflow-unavailable`
 */
export async function startVerification(call: Call, context: Context): Promise<Started> {
  const { stage, now, policy, profile } = context;
  const plan = readPlan(call.input, profile.name);
  if ('length' in plan) throw new Problem('invalid-request', { errors: plan });
  const key = await orUnavailable(context.fingerprintKey());
  const { verificationId: given, ...content } = plan;
  const verificationId = given ?? makeOrderNo(stage, now());
  const fingerprint = fingerprintOf.plan(key, policy.isolateCallers ? call.caller : '', content);
  const starting: Starting = { verificationId, plan, fingerprint, key, call, context };

  const existing = given === undefined ? null : await known(starting);
  // A plan that is sealed was ready before: what it names may have been used by its own execution since.
  const sealed = existing && (existing.launchedAt !== undefined || (await isSealed(starting)));
  const record = sealed ? existing : await prepare(starting, existing);
  if (record.launchedAt === undefined) await launch(record, context);
  return { view: await viewOf(record, context), replayed: existing !== null };
}

const isSealed = async ({ verificationId, context }: Starting): Promise<boolean> =>
  (await seals(context.staging.objects).openPlan(verificationId)) !== null;

/** Records and seals a plan that can work. */
async function prepare(starting: Starting, existing: VerificationRecord | null): Promise<VerificationRecord> {
  const { context, verificationId } = starting;
  const { verifications, now, policy, staging } = context;
  const { verification, plan } = await makeReady(starting);
  const keepUntil = Math.ceil(now() / 1000) + (policy.decisionRetentionDays ?? keptDays) * 86_400;
  const created = existing !== null || (await orUnavailable(verifications.create(verification, keepUntil)));
  // Somebody was faster, or the answer to our own write was lost: the record tells which.
  const other = created ? existing : await known(starting);
  if (other?.launchedAt !== undefined) return other;
  await seals(staging.objects).sealPlan(verificationId, plan);
  return other ?? { ...verification, steps: {} };
}

/** The verification of this number, if it is the same plan of the same caller. */
async function known({ verificationId, fingerprint, context }: Starting): Promise<VerificationRecord | null> {
  const record = await orUnavailable(context.verifications.read(verificationId));
  if (record && record.fingerprint !== fingerprint) throw new Problem('verification-payload-mismatch');
  return record;
}

/** Starts the execution. Repeated after a crash it is the same one. */
async function launch({ verificationId, planned }: VerificationRecord, { executions, verifications, now }: Context) {
  const run = Object.fromEntries(steps.map(({ name }) => [stateName(name), planned.some(({ step }) => step === name)]));
  await executions.start(verificationId, { verificationId, run }).catch(() => {
    throw new Problem('workflow-unavailable');
  });
  await orUnavailable(verifications.launched(verificationId, now()));
}
