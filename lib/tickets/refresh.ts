/** The refresher: a tick every minute that does nothing unless a new ticket is due. One run at a time, by a lease. */
import { parseTicket } from '#signing';
import { errorFields } from '../log.ts';
import { NotIssued, type Refusal } from './calls.ts';
import {
  due,
  forcedInHour,
  isReason,
  type Reason,
  type Standing,
  suspiciouslyMany,
  type Verdict,
  withForced,
} from './due.ts';
import { carryOut } from './phases.ts';
import { LabelLost, LeaseLost, type RefreshParts, type Run } from './run.ts';
import type { Change } from './store.ts';
import { watch } from './watch.ts';

/**
 * The lease ends so many milliseconds after its holder began, unless it gives it back: longer than the function can live
 * (28 s) and a request of a dead one can linger, and over by the next tick (TKT-2, TKT-3).
 */
export const leaseTime = 50_000;
/** A run begins no call later than this (TKT-5), and leaves so much of the function's time unused (ms). */
const longest = 25_000;
const spare = 3_000;
/** The upstream has called a refresh too early: how long it is left in peace (ms). In 2018 it wanted ten minutes. */
const backOff = 120_000;

/** What became of a tick: why it refreshed, or why not. */
export type Outcome = Verdict | 'no-app-secret' | 'busy' | 'failed';

/**
 * One tick. Whatever fails leaves the older ticket in its place and the intent open, and the next tick goes on.
 *
 * @param remaining milliseconds until the function is ended
 * @returns why the ticket was replaced, `failed`, or why it was not
 */
export async function refresh(parts: RefreshParts, remaining = Number.POSITIVE_INFINITY): Promise<Outcome> {
  const { now, log } = parts;
  const beganAt = now();
  try {
    const standing = await look(parts);
    if (!standing) {
      log('warn', 'no-app-secret');
      return 'no-app-secret';
    }
    watch(standing, now(), log);
    const verdict = due(standing, now());
    if (verdict === 'auth-config') log('error', 'auth-config', { generation: standing.ticket?.generation });
    return isReason(verdict) ? await alone(parts, beganAt, remaining) : verdict;
  } catch (error) {
    log('error', 'refresh-failed', errorFields(error));
    return 'failed';
  }
}

/** Everything a decision needs; null while the operator has not written the app secret. */
async function look({ appSecret, signTicket, item }: RefreshParts): Promise<Standing | null> {
  // All three are waited for, also when one fails: nothing may be under way when the function has answered.
  const reads = await Promise.allSettled([appSecret.read(), signTicket.read(), item.read()]);
  const [secret, current, known] = [settled(reads[0]), settled(reads[1]), settled(reads[2])];
  if (!secret) return null;
  return {
    ticket: parseTicket(current?.text),
    versionId: current?.versionId,
    item: known,
    appSecret: secret.text.trim(),
    appSecretVersion: secret.versionId,
  };
}

function settled<T>(read: PromiseSettledResult<T>): T {
  if (read.status === 'rejected') throw read.reason;
  return read.value;
}

/** Refreshes as the holder of the lease. What was read before may be history, so it is read again. */
async function alone(parts: RefreshParts, beganAt: number, remaining: number): Promise<Outcome> {
  const { item, newId, now } = parts;
  const owner = newId();
  if (!(await item.lease(owner, beganAt + leaseTime))) return 'busy';
  const standing = await look(parts);
  const verdict = standing ? due(standing, now()) : 'no-app-secret';
  const deadline = beganAt + Math.min(longest, remaining - spare);
  if (standing && isReason(verdict)) return carried(begin(parts, owner, standing, verdict, deadline));
  await item.change(owner, { leaseOwner: undefined, leaseUntil: undefined });
  return verdict;
}

function begin(parts: RefreshParts, owner: string, standing: Standing, reason: Reason, deadline: number): Run {
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
    tokenIsNew: false,
    issued: item.intent !== undefined,
  };
}

async function carried(run: Run): Promise<Outcome> {
  const { parts, owner, reason } = run;
  try {
    await carryOut(run);
  } catch (error) {
    const { phase, generation } = run;
    parts.log('error', 'refresh-failed', { phase, reason, generation, ...errorFields(error) });
    if (phase === 'token' && refusedAs('refused', error)) parts.log('error', 'auth-config', { generation });
    const change = afterwards(run, error);
    if (Object.keys(change).length > 0) await parts.item.change(owner, change).catch(() => {});
    return 'failed';
  }
  parts.log('info', 'refreshed', { reason, generation: run.generation });
  return reason;
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
