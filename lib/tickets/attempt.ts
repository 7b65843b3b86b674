/** One attempt to replace the ticket, by the holder of the lease. */
import { errorFields } from '../log.ts';
import { NotIssued, type Refusal } from './calls.ts';
import { forcedInHour, type Reason, type Standing, suspiciouslyMany, withForced } from './due.ts';
import { carryOut } from './phases.ts';
import { LabelLost, LeaseLost, type RefreshParts, type Run } from './run.ts';
import type { Change } from './store.ts';

/** The upstream has called a refresh too early: how long it is left in peace (ms). In 2018 it wanted ten minutes. */
const backOff = 120_000;

/** A run that has the lease and a reason. */
export function begin(parts: RefreshParts, owner: string, standing: Standing, reason: Reason, deadline: number): Run {
  const { item, ticket } = standing;
  const now = parts.now();
  const lastForced = reason === 'suspect' ? withForced(item, now) : item.lastForced;
  if (reason === 'suspect' && forcedInHour(lastForced, now) >= suspiciouslyMany) {
    parts.log('error', 'foreign-refresh-suspected', { generation: ticket?.generation });
  }
  const made = [item.generation, item.intent?.generation ?? 0, ticket?.generation ?? 0, item.suspectGeneration];
  return {
    parts,
    owner,
    standing,
    reason,
    deadline,
    lastForced,
    intentAt: item.intent?.at ?? now,
    phase: 'token',
    generation: Math.max(...made),
    token: '',
    tokenAt: undefined,
    tokenIsNew: false,
    issued: item.intent !== undefined,
  };
}

/** Carries a run to its end, or writes down what has become of it. @returns whether the ticket was replaced */
export async function carry(run: Run): Promise<boolean> {
  const { parts, owner, reason } = run;
  try {
    await carryOut(run);
  } catch (error) {
    const { phase, generation } = run;
    parts.log('error', 'refresh-failed', { phase, reason, generation, ...errorFields(error) });
    if (phase === 'token' && refusedAs('refused', error)) parts.log('error', 'auth-config', { generation });
    const change = afterwards(run, error);
    if (Object.keys(change).length > 0) await parts.item.change(owner, change).catch(() => {});
    return false;
  }
  parts.log('info', 'refreshed', { reason, generation: run.generation });
  return true;
}

/**
 * What a failed run leaves. The lease runs out by itself, which leaves time to requests that are still on their way. The
 * intent stays, unless it is certain that no token was issued: then the ticket in force is as good as it was, and the run
 * does not count as forced either.
 */
function afterwards({ issued, phase, standing, parts: { now } }: Run, error: unknown): Change {
  if (error instanceof LeaseLost) return {};
  if (error instanceof LabelLost) {
    return { intent: undefined, suspectGeneration: error.generation, suspectAt: undefined };
  }
  const throttled = phase === 'token' && refusedAs('throttled', error);
  return {
    ...(issued ? {} : { intent: undefined, lastForced: standing.item.lastForced }),
    ...(throttled ? { leaseUntil: now() + backOff } : {}),
  };
}

const refusedAs = (kind: Refusal, error: unknown): boolean => error instanceof NotIssued && error.kind === kind;
