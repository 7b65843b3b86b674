/** A verification as its caller sees it. */
import type { Billed } from '../codes/classify.ts';
import { orderNo as idField } from '../fields/request.ts';
import type { UpstreamTrace } from '../flow/answer.ts';
import type { Call, Context } from '../flow/context.ts';
import { Problem } from '../http/problem.ts';
import { day } from '../media/records.ts';
import type { OrderRecord } from '../orders/record.ts';
import { ownerGone } from '../orders/replay.ts';
import { safeKey } from '../request/validate.ts';
import type { Result } from '../result/read.ts';
import { ownOrder } from './own-order.ts';
import type { Decision } from './policy.ts';
import type { PlannedStep, StepState, VerificationRecord } from './records.ts';
import { seals } from './sealed.ts';
import type { CheckName, StepName } from './step.ts';

/** One step as its caller sees it. */
export interface StepView {
  readonly step: StepName;
  readonly check: CheckName;
  readonly orderNo: string | null;
  /** `pending`, `running`, `skipped`, `incomplete`, or the state of its order. */
  readonly status: StepState['status'] | 'pending' | 'running';
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly billed: Billed;
  readonly upstream: UpstreamTrace | null;
  /** What the step read or scored; only when it is asked for. */
  readonly result?: Result;
}

/** A verification as its caller sees it. */
export interface VerificationView {
  readonly verificationId: string;
  readonly continues?: string;
  /** `failed` only when the workflow itself broke. */
  readonly status: 'running' | 'completed' | 'failed';
  readonly steps: readonly StepView[];
  readonly decision?: Decision;
}

/** The state machine is ended after half an hour; what has no decision by then gets none. Milliseconds. */
const longestRun = 35 * 60_000;

/** Whether a verification will go no further. */
export const statusOf = (record: VerificationRecord, now: number): VerificationView['status'] => {
  const { decision, createdAt, launchedAt = createdAt } = record;
  if (decision) return 'completed';
  return now - launchedAt > longestRun ? 'failed' : 'running';
};

const shown = ({ step, check, orderNo, status, outcome, reason, billed, upstream }: StepState): StepView => ({
  step,
  check,
  orderNo,
  status,
  outcome,
  reason,
  billed,
  upstream,
});

/** What an order says about a step that has not reported its end. */
function fromOrder({ step, check, orderNo }: PlannedStep, order: OrderRecord | null, now: number): StepView {
  const blank = { step, check, orderNo, outcome: null, reason: null, upstream: null } as const;
  if (!order) return { ...blank, status: 'pending', billed: 'no' };
  if (order.state === 'sent' && now - order.sentAt < ownerGone)
    return { ...blank, status: 'running', billed: 'unknown' };
  const { state, outcome, reason, billed, code, bizSeqNo, profile, at } = order;
  const upstream = code === null ? null : { code, bizSeqNo, profile, at };
  return { ...blank, status: state, outcome, reason, billed, upstream };
}

/** Shows a record; steps that still run are looked up in the ledger. @throws Problem `ledger-unavailable` */
export async function viewOf(record: VerificationRecord, { ledger, now }: Context): Promise<VerificationView> {
  const { verificationId, continues, planned, inherited, steps, decision } = record;
  const own = planned.map(async (step): Promise<StepView> => {
    const ended = steps[step.step];
    if (ended) return shown(ended);
    return fromOrder(step, await ownOrder(step, verificationId, ledger), now());
  });
  const views = await Promise.all(own).catch(() => {
    throw new Problem('ledger-unavailable');
  });
  return {
    verificationId,
    ...(continues === undefined ? {} : { continues }),
    status: statusOf(record, now()),
    steps: [...inherited.map(shown), ...views],
    ...(decision ? { decision } : {}),
  };
}

/**
 * Shows the caller's verification.
 *
 * @throws Problem `not-found` for unknown and foreign ones alike, `result-expired`, `ledger-unavailable`,
 * `media-unavailable`
 */
export async function showVerification(call: Call, context: Context): Promise<VerificationView> {
  const { verificationId, results = false, ...rest } = call.input as Record<string, unknown>;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) {
    throw new Problem('invalid-request', { errors: [{ pointer: `/${safeKey(unknown)}`, rule: 'unknown' }] });
  }
  if (typeof results !== 'boolean') {
    throw new Problem('invalid-request', { errors: [{ pointer: '/results', rule: 'type' }] });
  }
  if (typeof verificationId !== 'string' || !idField.pattern!.test(verificationId)) throw new Problem('not-found');
  const record = await context.verifications.read(verificationId).catch(() => {
    throw new Problem('ledger-unavailable');
  });
  if (!record || (context.policy.isolateCallers && record.caller !== call.caller)) throw new Problem('not-found');
  const view = await viewOf(record, context);
  return results ? { ...view, steps: await withResults(record, view, context) } : view;
}

/** Adds what was sealed: for a day after the first verification of a chain. */
async function withResults(record: VerificationRecord, view: VerificationView, { staging, now }: Context) {
  if (now() - record.rootAt >= day) throw new Problem('result-expired', { billed: 'no' });
  const { openResult } = seals(staging.objects);
  const sealedBy = new Map(record.inherited.map((state) => [state.step, state.sealedBy]));
  return Promise.all(
    view.steps.map(async (step): Promise<StepView> => {
      if (step.status !== 'succeeded') return step;
      const result = await openResult(sealedBy.get(step.step) ?? record.verificationId, step.step);
      return result ? { ...step, result } : step;
    }),
  );
}
