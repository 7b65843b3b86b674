/** What becomes of media when a call or an order is over. */

import { Problem } from '../http/problem.ts';
import { errorFields } from '../log.ts';
import { linksTo, picturesIn, storePictures, withLinks } from '../media/pictures.ts';
import { uploadable } from '../media/records.ts';
import { releaseMedia, removeMedia } from '../media/staged.ts';
import type { Operation } from '../operation.ts';
import type { OrderRecord } from '../orders/record.ts';
import type { Result } from '../result/read.ts';
import type { Answer } from './answer.ts';
import type { Context } from './context.ts';

type Owner = Pick<OrderRecord, 'orderNo' | 'media'>;

/** Whether an order that ended with this problem gives its files back, so that the caller's next order may use them. */
export const givesBack = (problem: string | undefined): boolean => problem === 'upstream-rate-limited';

/**
 * Deletes the staged files of an order that is over, or gives them back. A store that fails is tried again by the schedule.
 *
 * @param ending whether the end of the order is written: files are given back only then, lest whoever else ends the order
 *   deletes them under the next one
 */
export async function partWithMedia(
  { orderNo, media }: Owner,
  problem: string | undefined,
  context: Context,
  ending: Promise<boolean> = Promise.resolve(true),
): Promise<void> {
  if (!media || media.length === 0) return;
  if (givesBack(problem) && !(await ending)) return;
  const parting = givesBack(problem)
    ? releaseMedia(context.staging, media, `order#${orderNo}`)
    : removeMedia(context.staging, media, context.now() + uploadable);
  await parting.catch((error: unknown) => context.log('warn', 'media-not-removed', { orderNo, ...errorFields(error) }));
}

/** Milliseconds that storing pictures may take at worst, with the end of the order still to be written. */
const storingTakes = 8_000;
/** Characters of pictures that an answer may hold: Lambda's limit for answers is 6 MB. */
const inlineLimit = 5 * 1024 * 1024;

/** Whether nothing but a copy of our own could show the result again: personal, and no query reads it. */
export const handsOutOnce = ({ order, result }: Operation): boolean =>
  order.kind === 'creates' &&
  order.query === undefined &&
  Object.values(result).some(({ kind }) => kind === 'picture' || kind === 'pictures');

/** What is kept of a result's pictures, by field, and the result with links in their place. */
export interface Kept {
  readonly pictures: Readonly<Record<string, readonly string[]>>;
  readonly result: Result;
}

/** Keeps the pictures of a result for a day. Null: they could not be kept; they are in the answer alone. */
export async function keepPictures(
  answer: Answer,
  folder: string,
  remaining: () => number,
  { staging, now, log }: Context,
): Promise<Kept | null> {
  const { orderNo, result } = answer;
  if (remaining() < storingTakes) return null;
  try {
    const pictures: Record<string, string[]> = {};
    const linked: Result = { ...result };
    for (const [name, value] of Object.entries(result)) {
      const found = picturesIn(value);
      if (found.length === 0) continue;
      const keys = await storePictures(staging.objects, `${folder}/${name}`, found);
      pictures[name] = keys;
      linked[name] = withLinks({ value }, (await linksTo(staging.objects, keys, now(), now()))!).value;
    }
    return { pictures, result: linked };
  } catch (error) {
    log('error', 'pictures-not-kept', { orderNo, ...errorFields(error) });
    return null;
  }
}

/**
 * The result of an order from the pictures that were kept of it. Null: there are none, or their day is over.
 *
 * @throws Problem `media-unavailable`
 */
export async function keptPictures(record: OrderRecord, { staging, now }: Context): Promise<Result | null> {
  const { pictures, endedAt = record.sentAt } = record;
  if (!pictures) return null;
  const result: Result = { ...record.result };
  for (const [name, keys] of Object.entries(pictures)) {
    const links = await linksTo(staging.objects, keys, endedAt, now()).catch(() => {
      throw new Problem('media-unavailable', { orderNo: record.orderNo, billed: record.billed });
    });
    if (!links) return null;
    result[name] = links;
  }
  return result;
}

/**
 * An answer that fits into a response: pictures stay in it while they do, and are links otherwise.
 *
 * @throws Problem `media-unavailable`: the same order answers again; `result-not-replayable` where none could
 */
export async function fitting(
  operation: Operation,
  answer: Answer,
  { staging, now, newId, log }: Context,
): Promise<Answer> {
  const { orderNo, billed, result } = answer;
  const pictures = picturesIn(result);
  if (pictures.reduce((sum, { base64 }) => sum + base64.length, 0) <= inlineLimit) return answer;
  try {
    const keys = await storePictures(staging.objects, newId(), pictures);
    return { ...answer, result: withLinks(result, (await linksTo(staging.objects, keys, now(), now()))!) };
  } catch (error) {
    log('error', 'pictures-not-kept', { orderNo, ...errorFields(error) });
    throw new Problem(handsOutOnce(operation) ? 'result-not-replayable' : 'media-unavailable', { orderNo, billed });
  }
}
