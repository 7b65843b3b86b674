/** The refresher: a tick every minute that does nothing unless a new ticket is due. One run at a time, by a lease. */
import { parseTicket } from '#signing';
import { errorFields } from '../log.ts';
import { begin, carry } from './attempt.ts';
import { due, isReason, type Standing, type Verdict } from './due.ts';
import type { RefreshParts } from './run.ts';
import { watch } from './watch.ts';

/**
 * The lease ends so many milliseconds after its holder began, unless it gives it back: longer than the function can live
 * (28 s) and a request of a dead one can linger, and over by the next tick (TKT-2, TKT-3).
 */
export const leaseTime = 50_000;
/** A run begins no call later than this (TKT-5), and leaves so much of the function's time unused (ms). */
const longest = 25_000;
const spare = 3_000;

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
  if (standing && isReason(verdict)) {
    const run = begin(parts, owner, standing, verdict, deadline);
    return (await carry(run)) ? verdict : 'failed';
  }
  await item.change(owner, { leaseOwner: undefined, leaseUntil: undefined });
  return verdict;
}
