/** One step of a verification: the operation's own call with what the sealed plan says, and its result sealed. */
import type { Answered } from '../flow/answer.ts';
import { ask } from '../flow/ask.ts';
import { buy } from '../flow/buy.ts';
import type { Call, Context } from '../flow/context.ts';
import { Problem, problemDocument } from '../http/problem.ts';
import type { ProblemSlug } from '../http/problems.ts';
import type { Operation } from '../operation.ts';
import { fingerprintOf } from '../orders/fingerprint.ts';
import type { OrderState } from '../orders/record.ts';
import type { Result } from '../result/read.ts';
import { aboutOf, subjectOf } from './about.ts';
import { stepNamed } from './checks.ts';
import { ownOrder } from './own-order.ts';
import { constantsOn } from './planned.ts';
import type { PlannedStep, StepState, VerificationRecord } from './records.ts';
import { rulesOfStep } from './rules.ts';
import { type SealedPlan, type Seals, seals } from './sealed.ts';
import { sentAgain } from './sent-again.ts';
import type { Step } from './step.ts';

/** What the state machine hands to a step. */
export interface StepCall {
  readonly verificationId: string;
  readonly step: string;
  readonly requestId: string;
  readonly remaining: () => number;
}

/** What the state machine gets back: codes only. */
export interface StepAnswer extends Pick<StepState, 'step' | 'orderNo' | 'status' | 'outcome' | 'reason' | 'billed'> {
  /** The order has no outcome yet, and a query may still tell it: ask again in a while. It is never bought again. */
  readonly again: boolean;
}

/** Milliseconds for which a step waits for the resolver. */
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

/** One step under way. */
interface Running {
  readonly step: Step;
  readonly planned: PlannedStep;
  readonly record: VerificationRecord;
  readonly plan: SealedPlan;
  readonly sealed: Seals;
  readonly call: StepCall;
  readonly context: Context;
}

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
  const running = await find(operation, call, context);
  const { step, planned, record } = running;
  const ended = record.steps[step.name];
  if (ended) return answerOf(ended);
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

async function find(operation: Operation, call: StepCall, context: Context): Promise<Running> {
  const { verificationId } = call;
  const record = await context.verifications.read(verificationId).catch(() => {
    throw new Problem('ledger-unavailable');
  });
  if (!record) throw new Problem('not-found');
  const step = stepNamed(call.step);
  const planned = record.planned.find((candidate) => candidate.step === call.step);
  if (!step || !planned || step.operation.name !== operation.name) {
    throw new Problem('invalid-request', { errors: [{ pointer: '/step', rule: 'choice' }] });
  }
  const sealed = seals(context.staging.objects);
  const plan = await sealed.openPlan(verificationId);
  if (!plan) throw new Problem('result-expired', { billed: 'no' });
  return { step, planned, record, plan, sealed, call, context };
}

const blank = ({ step, check, orderNo }: PlannedStep): StepState => ({
  step,
  check,
  orderNo,
  status: 'incomplete',
  outcome: null,
  reason: null,
  billed: 'no',
  upstream: null,
  declines: false,
});

/**
 * Nothing runs after a step that declined, nothing without the consent that the plan wants, and a fallback only after
 * what it stands in for.
 */
async function isDue(running: Running): Promise<boolean> {
  const { step, record } = running;
  const { steps, inherited, planned } = record;
  const done = [...inherited, ...Object.values(steps)];
  if (record.decision || done.some(({ declines }) => declines)) return false;
  const ofConsent = ({ step: name }: PlannedStep): boolean => stepNamed(name)?.phase === 'consent';
  const consented =
    planned.filter(ofConsent).every(({ step: name }) => steps[name]?.status === 'succeeded') &&
    inherited.filter(ofConsent).every(({ status }) => status === 'succeeded');
  if (step.phase !== 'consent' && !consented) return false;
  if (step.after) return steps[step.after.step]?.outcome === step.after.outcome;
  return !(await hasDeclinedUnsaid(running));
}

/** Whether an earlier step has declined without getting to say so: its order knows. */
async function hasDeclinedUnsaid({ step, record, plan, sealed, context }: Running): Promise<boolean> {
  const earlier = record.planned.slice(
    0,
    record.planned.findIndex(({ step: name }) => name === step.name),
  );
  for (const planned of earlier) {
    if (record.steps[planned.step] || stepNamed(planned.step)?.phase === step.phase) continue;
    const order = await ordered(planned, record, context);
    if (order?.state !== 'succeeded') continue;
    const { outcome, reason, result = null } = order;
    const facts = { step: planned.step, status: 'succeeded', outcome, reason, result } as const;
    const rules = rulesOfStep(facts, await aboutOf(plan, sealed, context));
    if (rules.some(({ effect }) => effect === 'decline')) return true;
  }
  return false;
}

const ordered = (planned: PlannedStep, { verificationId }: VerificationRecord, { ledger }: Context) =>
  ownOrder(planned, verificationId, ledger).catch(() => {
    throw new Problem('ledger-unavailable', { billed: 'no' });
  });

/** Whether the step has left an order, with or without an end, before somebody else declined: it did not get to say so. */
async function isUnderWay({ planned, record, context }: Running): Promise<boolean> {
  const order = await ordered(planned, record, context);
  return order !== null && order.state !== 'not-processed';
}

/** The request of a step. Null: nobody knows whom it is about. */
async function requestOf({ step, planned, plan, sealed, context }: Running) {
  const given = plan.checks[step.check] ?? {};
  const fields = Object.entries(step.fields).filter(([, from]) => given[from] !== undefined);
  const subject = step.subject.length > 0 ? await subjectOf(plan, sealed) : null;
  const person = step.subject.filter((field) => subject?.[field] !== undefined);
  const request: Record<string, unknown> = {
    ...constantsOn(step, context.profile.name),
    ...Object.fromEntries(fields.map(([name, from]) => [name, given[from]])),
    ...Object.fromEntries(person.map((field) => [field, subject![field]])),
    ...(step.operation.creates ? { orderNo: planned.orderNo } : {}),
  };
  const complete = Object.entries(step.operation.request).every(
    ([name, field]) => 'optional' in field || name in request,
  );
  return complete ? request : null;
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
async function seal({ sealed, record, step, call, context }: Running, result: Result): Promise<void> {
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
async function succeeded(running: Running, { answer }: Answered, person: object): Promise<StepAnswer> {
  const { planned, step, plan, sealed, context } = running;
  const { outcome, reason, billed, upstream, result } = answer;
  await seal(running, result);
  const facts = { step: step.name, status: 'succeeded', outcome, reason, result } as const;
  const about = await aboutOf(plan, sealed, context);
  const declines = rulesOfStep(facts, about).some(({ effect }) => effect === 'decline');
  return note(running, {
    ...blank(planned),
    status: 'succeeded',
    outcome,
    reason,
    billed,
    upstream,
    declines,
    ...person,
  });
}

async function problem(running: Running, problem: Problem): Promise<StepAnswer> {
  const { planned, step, call, context } = running;
  const { slug, facts } = problem;
  const { ledger, now } = context;
  // A call that only asks has bought nothing, whatever it ended with.
  if (!step.operation.creates && states[slug] === 'unknown')
    throw new Problem('upstream-unreachable', { billed: 'no' });
  if ((sentAgain as readonly string[]).includes(slug)) throw problem;
  const state: StepState = {
    ...blank(planned),
    status: states[slug] ?? 'incomplete',
    reason: facts.reason ?? slug,
    billed: problemDocument(problem, call.requestId).billed,
    upstream: facts.upstream ? { ...facts.upstream, at: null } : null,
  };
  if (state.status !== 'unknown') return note(running, { ...state, declines: await declinesWithout(running, state) });
  // Not noted: the resolver may still find out, and the decision asks the ledger.
  const { order } = step.operation;
  const bought = await ledger.read(planned.orderNo!).catch(() => null);
  const askable = order.kind === 'creates' && order.query !== undefined;
  return answerOf(state, askable && bought !== null && now() - bought.sentAt < patience);
}

/** Whether a step that ended without an outcome declines: the upstream may say itself that a document has expired. */
async function declinesWithout({ step, plan, sealed, context }: Running, { status, reason }: StepState) {
  const facts = { step: step.name, status, outcome: null, reason, result: null } as const;
  return rulesOfStep(facts, await aboutOf(plan, sealed, context)).some(({ effect }) => effect === 'decline');
}

async function note({ record, context }: Running, state: StepState): Promise<StepAnswer> {
  const { orderNo, billed } = state;
  await context.verifications.stepEnded(record.verificationId, state).catch(() => {
    throw new Problem('ledger-unavailable', { billed, ...(orderNo === null ? {} : { orderNo }) });
  });
  return answerOf(state);
}
