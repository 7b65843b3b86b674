/** Starting a verification: recorded first, then sealed, then run; each of these once, however often the plan is sent. */
import type { Call, Context } from '../flow/context.ts';
import { Problem } from '../http/problem.ts';
import { errorFields } from '../log.ts';
import { releaseMedia } from '../media/staged.ts';
import { fingerprintOf } from '../orders/fingerprint.ts';
import { makeOrderNo } from '../orders/order-no.ts';
import { stateName, steps } from './checks.ts';
import { readPlan } from './plan.ts';
import type { VerificationRecord } from './records.ts';
import { makeReady, type Ready, type Starting } from './seal-plan.ts';
import { seals } from './sealed.ts';
import { statusOf, type VerificationView, viewOf } from './view.ts';

/** A verification that was accepted, or had been before. */
export interface Started {
  readonly view: VerificationView;
  readonly replayed: boolean;
}

/** Days for which the record of a decision is kept where the stage does not say. */
const keptDays = 1825;

const orUnavailable = async <T>(work: Promise<T>): Promise<T> =>
  work.catch(() => {
    throw new Problem('ledger-unavailable', { billed: 'no' });
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
  const { verificationId: given, ...content } = plan;
  const verificationId = given ?? makeOrderNo(stage, now());
  try {
    const key = await orUnavailable(context.fingerprintKey());
    const fingerprint = fingerprintOf.plan(key, policy.isolateCallers ? call.caller : '', content);
    const starting: Starting = { verificationId, plan, fingerprint, key, call, context };
    const existing = given === undefined ? null : await known(starting);
    const record = existing && (await isReady(existing, context)) ? existing : await prepare(starting, existing);
    const running = hasStarted(record) ? record : await launch(record, context);
    const view = await viewOf(running, context).catch(() => {
      // It runs: what its steps have bought by now is not known here.
      throw new Problem('ledger-unavailable', { billed: 'unknown' });
    });
    return { view, replayed: existing !== null };
  } catch (error) {
    // The number that Signet made is told, so that the same plan can be sent again.
    if (error instanceof Problem) throw new Problem(error.slug, { verificationId, ...error.facts });
    throw error;
  }
}

/** Whether its execution has been started, which a decision says as well as the note of the start. */
const hasStarted = ({ launchedAt, decision }: VerificationRecord): boolean =>
  launchedAt !== undefined || decision !== undefined;

/**
 * Whether a recorded plan needs no second look: what it names may have been used by its own execution since it was sealed.
 * One that was never started in time may have lost its files.
 */
async function isReady(record: VerificationRecord, { staging, now }: Context): Promise<boolean> {
  if (hasStarted(record)) return true;
  if (statusOf(record, now()) === 'failed') return false;
  return (await seals(staging.objects).openPlan(record.verificationId)) !== null;
}

/** Records and seals a plan that can work. */
async function prepare(starting: Starting, existing: VerificationRecord | null): Promise<VerificationRecord> {
  const { context, verificationId } = starting;
  const { staging } = context;
  const ready = await makeReady(starting).catch(async (error: unknown) => {
    // The same plan, sent twice at once, may run by now: what it names is then in use by its own execution.
    const running = existing ?? (await known(starting));
    if (running?.launchedAt === undefined) throw error;
    return running;
  });
  if (!('plan' in ready)) return ready;
  const other = existing ?? (await record(starting, ready));
  if (other?.launchedAt !== undefined) return other;
  await seals(staging.objects).sealPlan(verificationId, ready.plan);
  return other ?? { ...ready.verification, steps: {} };
}

/** Records a verification; the one of the same plan that is there already, if somebody was faster. */
async function record(starting: Starting, { verification }: Ready): Promise<VerificationRecord | null> {
  const { verifications, staging, policy, now } = starting.context;
  const { verificationId, media } = verification;
  const keepUntil = Math.ceil(now() / 1000) + (policy.decisionRetentionDays ?? keptDays) * 86_400;
  if (await orUnavailable(verifications.create(verification, keepUntil))) return null;
  try {
    // It may also be our own write, whose answer was lost.
    return await known(starting);
  } catch (error) {
    // The number is another plan's: what was bound to it for this one goes back.
    const others = (await verifications.read(verificationId).catch(() => null))?.media ?? media;
    const own = media.filter((mediaId) => !others.includes(mediaId));
    await releaseMedia(staging, own, `verification#${verificationId}`).catch(() => {});
    throw error;
  }
}

/** The verification of this number, if it is the same plan of the same caller. */
async function known({ verificationId, fingerprint, context }: Starting): Promise<VerificationRecord | null> {
  const found = await orUnavailable(context.verifications.read(verificationId));
  if (found && found.fingerprint !== fingerprint) throw new Problem('verification-payload-mismatch');
  return found;
}

/** How soon after its record an execution has started whose start need not be noted, in milliseconds. */
const promptly = 60_000;

/** Starts the execution. Repeated after a crash it is the same one, so that it was started need not be noted at once. */
async function launch(record: VerificationRecord, context: Context): Promise<VerificationRecord> {
  const { verificationId, planned } = record;
  const { executions, verifications, now, log } = context;
  const run = Object.fromEntries(steps.map(({ name }) => [stateName(name), planned.some(({ step }) => step === name)]));
  await executions.start(verificationId, { verificationId, run }).catch(() => {
    throw new Problem('workflow-unavailable');
  });
  const launchedAt = now();
  await verifications.launched(verificationId, launchedAt).catch((error: unknown) => {
    // One that is started late must not be taken for one that was never started: its files would go while it runs.
    if (launchedAt - record.createdAt > promptly) throw new Problem('workflow-unavailable');
    log('warn', 'launch-not-noted', { verificationId, ...errorFields(error) });
  });
  return { ...record, launchedAt };
}
