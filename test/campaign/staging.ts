/** Which orders of a schedule name staged files, and which others want the same files. */
import type { MediaType } from '../../lib/fields/limits.ts';
import { uploadKey } from '../../lib/media/file.ts';
import { sniff } from '../../lib/media/magic.ts';
import { day, mediaRecords } from '../../lib/media/records.ts';
import type { Bucket } from './bucket.ts';
import type { Dice } from './dice.ts';
import type { Table } from './dynamo/table.ts';
import { tinyMedia, type Wanted } from './orders.ts';
import { names } from './tickets.ts';
import type { Timeline } from './timeline.ts';

/** A file and how it is staged. */
export interface File {
  readonly mediaId: string;
  readonly caller: string;
  readonly contentType: MediaType;
  readonly bytes: Buffer;
  /** How long before the start of the schedule its upload was granted, in milliseconds. */
  readonly age: number;
  /** When it is uploaded, in milliseconds since the start. */
  readonly at: number;
}

/** Orders of a liveness pair follow each other. */
export interface Plan {
  readonly steps: readonly Wanted[];
  /** How many milliseconds later than those of the first plan its clients begin, or once one of those has an answer. */
  readonly after: number | 'the answer';
  /** All its clients begin at the same time. */
  readonly rush?: boolean;
}

/** What is staged. */
export interface Staged {
  readonly files: readonly File[];
  /** The orders that were wanted anyway, some of them with staged files, each with those that want the same files. */
  readonly plans: readonly (readonly Plan[])[];
}

const second = 1_000;
const isMedia = (value: unknown): value is { base64: string } => typeof value === 'object';

/** An order that is throttled: by name where it has one, so that another one with the same file need not be. */
function throttledOf(want: Wanted): Wanted {
  const byName = 'name' in want.input;
  const media = Object.entries(want.input).filter(([, value]) => isMedia(value));
  const plain = media.map(([field]) => [field, tinyMedia(field, byName ? '' : 'code=66660012')]);
  const input = { ...want.input, ...Object.fromEntries(plain), ...(byName ? { name: '模拟66660012' } : {}) };
  return { ...want, input };
}

/** Stages files for some of the wanted orders. */
export function stagedBy(dice: Dice, wanted: readonly (readonly Wanted[])[]): Staged {
  const files: File[] = [];

  function stage(want: Wanted): Wanted {
    const fields = Object.entries(want.input).filter(([, value]) => isMedia(value) && dice.chance(0.85));
    const input: Record<string, unknown> = { ...want.input };
    for (const [name, value] of fields) {
      const bare = Buffer.from((value as { base64: string }).base64, 'base64');
      const mediaId = `${want.orderNo}${name}`.padEnd(32, '0');
      // No two files are equal.
      const bytes = Buffer.concat([bare, Buffer.from(`\n${mediaId}`)]);
      const age = dice.chance(0.05) ? day - dice.between(0, 600 * second) : 0;
      const at = dice.weighted([
        [20, 0],
        [2, dice.between(0, 60 * second)],
        [1, Number.POSITIVE_INFINITY],
      ]);
      files.push({ mediaId, caller: want.caller, contentType: sniff(bare)!, bytes, age, at });
      input[name] = { mediaId };
    }
    return { ...want, input };
  }

  /** Another order of the same caller with the same files, of somebody with another name. */
  function rivalOf({ input, ...want }: Wanted): Wanted {
    const [, index] = want.orderNo;
    const orderNo = `D${index}`;
    const name = `样本${'庚辛壬'[Number(index) - 1]}`;
    return { ...want, orderNo, input: { ...input, orderNo, ...('name' in input ? { name } : {}) } };
  }

  const plans = wanted.map((steps): readonly Plan[] => {
    if (dice.chance(0.2)) return [{ steps, after: 0 }];
    const throttled = steps.length === 1 && dice.chance(0.3);
    const own = (throttled ? steps.map(throttledOf) : steps).map(stage);
    if (!throttled && dice.chance(0.4)) return [{ steps: own, after: 0 }];
    const rivals = own.map(rivalOf);
    const together = [
      { steps: own, after: 0, rush: true },
      { steps: rivals, after: dice.between(0, 100), rush: true },
    ] as const;
    const apart = Math.round(dice.one([200, 10 * second, 60 * second, 400 * second]) * dice.fraction());
    const after = throttled && dice.chance(0.5) ? 'the answer' : apart;
    return dice.chance(0.3)
      ? together
      : [
          { steps: own, after: 0 },
          { steps: rivals, after },
        ];
  });
  return { files, plans };
}

/** Nothing. */
export const unstaged = (wanted: readonly (readonly Wanted[])[]): Staged => ({
  files: [],
  plans: wanted.map((steps) => [{ steps, after: 0 }]),
});

/** Clients have their grants, and send their files. */
export async function upload(
  files: readonly File[],
  table: Table,
  { objects }: Bucket,
  { now, after, note }: Timeline,
): Promise<void> {
  const client = { send: async (command: unknown) => table.execute(command, 'client') } as never;
  const records = mediaRecords(client, names.table, now);
  for (const { mediaId, caller, contentType, bytes, age, at } of files) {
    const owner = `arn:aws:sts::000000000000:assumed-role/${caller}`;
    await records.create({ mediaId, caller: owner, contentType, size: bytes.length, createdAt: now() - age });
    const send = () => {
      note(`${mediaId} is uploaded`);
      objects.set(uploadKey(mediaId), bytes);
    };
    if (at === 0) send();
    else if (Number.isFinite(at)) after(at, '', send);
  }
}
