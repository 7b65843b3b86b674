/** One step of a verification: the operation's own call with what the sealed plan says, and its result sealed. */
import type { Billed } from '../codes/classify.ts';
import type { Answered } from '../flow/answer.ts';
import { ask } from '../flow/ask.ts';
import { buy } from '../flow/buy.ts';
import type { Call, Context } from '../flow/context.ts';
import { Problem, problemDocument } from '../http/problem.ts';
import type { ProblemSlug } from '../http/problems.ts';
import type { Operation } from '../operation.ts';
import { fingerprintOf } from '../orders/fingerprint.ts';
import type { OrderRecord, OrderState } from '../orders/record.ts';
import type { Result } from '../result/read.ts';
import { aboutOf } from './about.ts';
import { isDue, isUnderWay } from './due-step.ts';
import type { StepState } from './records.ts';
import { findStep, orderOf, type RunningStep, requestOf, type StepCall } from './running-step.ts';
import { sentAgain } from './sent-again.ts';
import { blank, declines, endOf } from './step-end.ts';

export type { StepCall };

/** What the state machine gets back: codes only. */
export interface StepAnswer extends Pick<StepState, 'step' | 'orderNo' | 'status' | 'outcome' | 'reason' | 'billed'> {
  /**
   * The order has no outcome yet, or its result cannot be read just now, and a query may still tell it: ask again in a
   * while. It is never bought again.
   */
  readonly again: boolean;
}

/** Milliseconds for which a step waits for the resolver, and for a result that cannot be read back. */
const patience = 6 * 60_000;

/** How an order stands when its call ended with a problem. */
const states: Readonly<Partial<Record<ProblemSlug, OrderState>>> = {
  'upstream-timeout': 'unknown',
  'upstream-invalid-response': 'unknown',
  'order-outcome-unknown': 'unknown',
  'upstream-rejected-input': 'rejected',
  'upstream-rate-limited': 'rejected',
  'subject-limit-reached': 'rejected',
  'upstream-refused': 'rejected',
  'order-not-charged': 'not-charged',
  'order-unresolved': 'unresolved',
};

const answerOf = ({ step, orderNo, status, outcome, reason, billed }: StepState, again = false): StepAnswer => ({
  step,
  orderNo,
  status,
  outcome,
  reason,
  billed,
  again,
});

/**
 * Runs a step with the operation of this function. Called again, it answers what it has answered, or goes on where the
 * order stands; it never buys twice.
 *
 * @param sibling the free operation that reads the operation's result again
 * @throws Problem of the list {@link sentAgain}, or `not-found`, `invalid-request`, `result-expired` for a call that
 * belongs to no verification under way
 */
export async function runStep(
  operation: Operation,
  sibling: Operation | undefined,
  call: StepCall,
  context: Context,
): Promise<StepAnswer> {
  const running = await findStep(operation, call, context);
  const { step, planned, record, order, sealed } = running;
  const ended = record.steps[step.name];
  if (ended) return answerOf(ended);
  if (order?.state === 'succeeded') {
    // All but the note was done, so the upstream need not be asked again for what it may no longer have.
    const result = await sealed.openResult(record.verificationId, step.name);
    if (result) return noteSuccess(running, endOf(planned, order), result);
  }
  if (!(await isDue(running)) && !(await isUnderWay(running))) {
    return note(running, { ...blank(planned), status: 'skipped' });
  }
  const request = await requestOf(running);
  if (!request) return note(running, { ...blank(planned), status: 'incomplete', reason: 'subject-unknown' });
  const own: Call = {
    requestId: call.requestId,
    remaining: call.remaining,
    caller: record.caller,
    holder: `verification#${record.verificationId}`,
    input: request,
  };
  try {
    const answered = operation.creates
      ? await buy(operation, sibling, own, context)
      : await ask(operation, own, context);
    return await succeeded(running, answered, await personOf(request, context));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return problem(running, error);
  }
}

/** Keyed HMAC of the ID number that a step is called with. */
async function personOf({ idNo }: Readonly<Record<string, unknown>>, { fingerprintKey }: Context) {
  if (typeof idNo !== 'string') return {};
  const key = await fingerprintKey().catch(() => {
    throw new Problem('ledger-unavailable', { billed: 'unknown' });
  });
  return { subject: fingerprintOf.subject(key, idNo) };
}

/** Milliseconds that must be left for one more try to seal a result, with the note of it still to be written. */
const sealingTakes = 10_000;

/** Seals what was read, which may be paid for and not readable a second time: tried as long as there is time. */
async function seal({ sealed, record, step, call, context }: RunningStep, result: Result): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await sealed.sealResult(record.verificationId, step.name, result);
    } catch (error) {
      if (call.remaining() < sealingTakes) throw error;
      await context.sleep(200 * attempt);
    }
  }
}

/** Seals what was read and notes how the step ended. Where that fails the step is asked for again: its order replays. */
async function succeeded(running: RunningStep, { answer }: Answered, person: object): Promise<StepAnswer> {
  const { outcome, reason, billed, upstream, result } = answer;
  await seal(running, result);
  const state = { ...blank(running.planned), status: 'succeeded', outcome, reason, billed, upstream } as const;
  return noteSuccess(running, { ...state, ...person }, result);
}

async function problem(running: RunningStep, problem: Problem): Promise<StepAnswer> {
  const { planned, step, call } = running;
  const { slug, facts } = problem;
  // A call that only asks has bought nothing, whatever it ended with.
  if (!step.operation.creates && states[slug] === 'unknown')
    throw new Problem('upstream-unreachable', { billed: 'no' });
  if ((sentAgain as readonly string[]).includes(slug)) throw problem;
  const { billed } = problemDocument(problem, call.requestId);
  const order = await orderAfter(running, states[slug] === 'unknown', billed);
  if (order?.state === 'succeeded' && slug !== 'order-payload-mismatch') return unread(running, order, slug);
  const state: StepState = {
    ...blank(planned),
    status: states[slug] ?? 'incomplete',
    reason: facts.reason ?? slug,
    billed,
    upstream: facts.upstream ? { ...facts.upstream, at: null } : null,
  };
  // Not noted: the resolver may still find out, and the decision asks the ledger.
  if (state.status === 'unknown') return answerOf(state, order !== null && isWaitedFor(running, order));
  // The upstream may say itself that a document has expired.
  return note(running, { ...state, declines: await isDeclining(running, state, null) });
}

/** The order of a call that has ended with a problem; null for one that is not known, where nobody need know it. */
async function orderAfter({ planned, record, context }: RunningStep, isOptional: boolean, billed: Billed) {
  return orderOf(planned, record, context).catch(() => {
    if (isOptional) return null;
    throw new Problem('ledger-unavailable', {
      billed,
      ...(planned.orderNo === null ? {} : { orderNo: planned.orderNo }),
    });
  });
}

/** Whether the machine asks again for a step of this order, and not too long after it was sent. */
function isWaitedFor({ step, context }: RunningStep, { sentAt }: OrderRecord): boolean {
  const { order } = step.operation;
  return order.kind === 'creates' && order.query !== undefined && context.now() - sentAt < patience;
}

/** That a result cannot be read back takes nothing from its order, which has succeeded: its record holds the rest. */
async function unread(running: RunningStep, order: OrderRecord, slug: ProblemSlug): Promise<StepAnswer> {
  const state = endOf(running.planned, order);
  const passes = states[slug] === 'unknown' || slug === 'upstream-rate-limited';
  if (passes && isWaitedFor(running, order)) return answerOf(state, true);
  return noteSuccess(running, state, order.result ?? null);
}

async function isDeclining(
  { step, plan, sealed, context }: RunningStep,
  { status, outcome, reason }: StepState,
  result: Result | null,
): Promise<boolean> {
  return declines({ step: step.name, status, outcome, reason, result }, await aboutOf(plan, sealed, context));
}

async function noteSuccess(running: RunningStep, state: StepState, result: Result | null): Promise<StepAnswer> {
  return note(running, { ...state, declines: await isDeclining(running, state, result) });
}

async function note({ record, context }: RunningStep, state: StepState): Promise<StepAnswer> {
  const { orderNo, billed } = state;
  await context.verifications.stepEnded(record.verificationId, state).catch(() => {
    throw new Problem('ledger-unavailable', { billed, ...(orderNo === null ? {} : { orderNo }) });
  });
  return answerOf(state);
}
