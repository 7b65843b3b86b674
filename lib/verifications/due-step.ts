/** Whether a step is to run: what has happened before it, as it was noted, and as its orders know it. */
import { aboutOf } from './about.ts';
import { stepNamed } from './checks.ts';
import { isCalledFor } from './planned.ts';
import type { PlannedStep } from './records.ts';
import { orderOf, type RunningStep } from './running-step.ts';
import { declines, endOf, factsOf } from './step-end.ts';

/**
 * Nothing runs after a step that declined, nothing without the consent that the plan wants, and a fallback only after
 * what it stands in for.
 *
 * @throws Problem `ledger-unavailable`, `media-unavailable`
 */
export async function isDue(running: RunningStep): Promise<boolean> {
  const { step, record } = running;
  const { steps, inherited, planned } = record;
  const done = [...inherited, ...Object.values(steps)];
  if (record.decision || done.some((state) => state.declines)) return false;
  const ofConsent = ({ step: name }: PlannedStep): boolean => stepNamed(name)?.phase === 'consent';
  const consented =
    planned.filter(ofConsent).every(({ step: name }) => steps[name]?.status === 'succeeded') &&
    inherited.filter(ofConsent).every(({ status }) => status === 'succeeded');
  if (step.phase !== 'consent' && !consented) return false;
  if (step.after) return isCalledFor(step.name, Object.values(steps));
  return !(await hasDeclinedUnsaid(running));
}

/** Whether an earlier step has declined without getting to say so: its order knows, and so does what it has sealed. */
async function hasDeclinedUnsaid({ step, record, plan, sealed, context }: RunningStep): Promise<boolean> {
  const earlier = record.planned.slice(
    0,
    record.planned.findIndex(({ step: name }) => name === step.name),
  );
  for (const planned of earlier) {
    if (record.steps[planned.step] || stepNamed(planned.step)?.phase === step.phase) continue;
    const order = await orderOf(planned, record, context);
    if (!order) continue;
    const facts = await factsOf(endOf(planned, order), record.verificationId, sealed, async () => order);
    if (declines(facts, await aboutOf(plan, sealed, context))) return true;
  }
  return false;
}

/**
 * Whether the step has left an order, with or without an end, before somebody else declined: it did not get to say so.
 *
 * @throws Problem `ledger-unavailable`
 */
export async function isUnderWay({ planned, record, context }: RunningStep): Promise<boolean> {
  // Read again: another call of the same step may have begun since this one looked.
  const order = await orderOf(planned, record, context);
  return order !== null && order.state !== 'not-processed';
}
