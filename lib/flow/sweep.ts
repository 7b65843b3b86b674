/** The net under the end of uploads: what a call or the resolver left behind, the schedule deletes or gives back a minute later. */
import { errorFields } from '../log.ts';
import { day, type MediaRecord, uploadable } from '../media/records.ts';
import { releaseMedia, removeMedia } from '../media/staged.ts';
import { terminal } from '../orders/record.ts';
import { ownerGone } from '../orders/replay.ts';
import type { Call, Context } from './context.ts';
import { workOff } from './due.ts';
import { givesBack } from './media.ts';

/**
 * Files looked at in one run, and how many of them at the same time: every file comes by once when its form has ended, so
 * this is how many a stage can take in a minute. And how many milliseconds one of them may take at worst.
 */
const most = 10_000;
const lanes = 20;
const perFile = 5_000;
/** How long until a file is looked at again, in milliseconds. */
const again = { running: 60_000, resting: 3_600_000 };

/**
 * What whoever holds a file is about to do with it: nothing any more, nothing but others may, something at any moment, or
 * something if somebody comes back to it.
 */
export type Need = 'over' | 'given-back' | keyof typeof again;
/**
 * Finds out what is needed of a bound file.
 *
 * @param at epoch milliseconds at which it is asked: a process may freeze between what it reads and what it makes of it
 */
export type NeedOf = (media: MediaRecord, context: Context, at: number) => Promise<Need>;

/** An order is done with its files when it is over for good: one that was not processed, or never sent, may run again. */
export const needOfOrder: NeedOf = async ({ boundTo }, { ledger, policy }, at) => {
  const record = await ledger.read(boundTo!.slice('order#'.length));
  // Its number may yet become that of another request, which knows nothing of this file.
  if (!record) return 'running';
  if (record.state === 'not-processed') return 'resting';
  const { state, problem, challenge, fingerprint } = record;
  // The step that continues a challenge binds its video before it takes the order over.
  const waiting = challenge !== undefined && challenge.fingerprint === fingerprint;
  if (waiting && at < challenge.issuedAt + policy.challengeMaxAge * 1000 + ownerGone) return 'running';
  if (givesBack(problem)) return 'given-back';
  return terminal.has(state) ? 'over' : 'running';
};

/**
 * Deletes the uploads that are not needed any more, and gives back those that others may use. One that fails is left for
 * the next minute.
 *
 * @param needOf by the kind of holder
 * @returns how many were deleted
 * @throws what DynamoDB throws while the index is read
 */
export async function sweepMedia(
  needOf: Readonly<Record<string, NeedOf>>,
  { remaining }: Pick<Call, 'remaining'>,
  context: Context,
): Promise<number> {
  const { staging, now, log } = context;
  const until = now();
  async function look(mediaId: string): Promise<void> {
    const at = now();
    const media = await staging.records.read(mediaId);
    // The index lags behind the table.
    if (!media?.boundTo || media.nextQueryAt === undefined || media.nextQueryAt > at) return;
    const kind = media.boundTo.split('#', 1)[0]!;
    const end = media.createdAt + day;
    const need = at >= end ? 'over' : await needOf[kind]!(media, context, at);
    if (need === 'over') {
      const uploadableUntil = media.createdAt + uploadable;
      await removeMedia(staging, [mediaId], now() < uploadableUntil ? uploadableUntil : 'never');
      removed += 1;
    } else if (need === 'given-back') await releaseMedia(staging, [mediaId], media.boundTo);
    else await staging.records.lookAgain(mediaId, Math.min(now() + again[need], end), media);
  }
  let removed = 0;
  await workOff({
    page: (limit, from) => staging.records.due(until, limit, from),
    most,
    lanes,
    hasTime: () => remaining() >= perFile,
    work: (mediaId) => look(mediaId).catch((error: unknown) => log('warn', 'media-not-removed', errorFields(error))),
  });
  return removed;
}
