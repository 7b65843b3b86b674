/** How long a call may take (reliability: DEP-1). */
import type { Family } from '../codes/classify.ts';
import { base64Length } from '../media/base64.ts';
import type { InlineMedia } from '../media/inline.ts';
import type { MediaRecord } from '../media/records.ts';
import type { Operation } from '../operation.ts';
import type { CheckedRequest } from '../request/validate.ts';

const seconds = 1_000;
const MiB = 1024 * 1024;
/** What the function keeps for itself after the call: writing the end of the order. */
const reserve = 3 * seconds;

const face: readonly Family[] = ['face', 'challenge'];

/** Milliseconds that the upstream call may take: 10 s, faces 15 s, videos and large bodies 20 s. */
export function callLimit(operation: Operation, request: CheckedRequest, staged: readonly MediaRecord[] = []): number {
  const inline = Object.values(request).filter(
    (value): value is InlineMedia => typeof value === 'object' && 'base64' in value,
  );
  const media = [...inline, ...staged.map(({ contentType, size }) => ({ type: contentType, size }))];
  const large = media.reduce((sum, { size }) => sum + base64Length(size), 0) > 3 * MiB;
  if (large || media.some(({ type }) => type === 'video/mp4')) return 20 * seconds;
  return (face.includes(operation.family) ? 15 : 10) * seconds;
}

/** Whether there is time for a whole call and for what follows it. */
export const enoughTime = (limit: number, remaining: number): boolean => remaining >= limit + reserve;

/** The deadline of a call: its limit, or what is left. */
export const timeFor = (limit: number, remaining: number): number => Math.max(0, Math.min(limit, remaining - reserve));
