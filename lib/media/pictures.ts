/** Pictures of results that are handed out as links: those that must outlive their answer, and those too large for one. */
import type { ObjectStore } from '#signing';
import type { Result } from '../result/read.ts';
import { settled } from '../settled.ts';
import { isoChina } from '../time.ts';
import { sniff, sniffLength } from './magic.ts';
import { day } from './records.ts';

/** A picture in a result. */
export interface InlinePicture {
  readonly base64: string;
}

/** A picture behind a link. */
export interface LinkedPicture {
  readonly url: string;
  /** ISO time with `+08:00`. */
  readonly expiresAt: string;
}

/** Seconds that a link serves. */
const linkLife = 300;

/** Whether a value of a result is a picture. */
export const isPicture = (value: unknown): value is InlinePicture =>
  typeof value === 'object' && value !== null && typeof (value as InlinePicture).base64 === 'string';

/**
 * Stores pictures as `results/<folder>/<number>` and tells their keys.
 *
 * @throws what S3 throws
 */
export function storePictures(
  objects: ObjectStore,
  folder: string,
  pictures: readonly InlinePicture[],
): Promise<string[]> {
  const storing = pictures.map(async ({ base64 }, index) => {
    const key = `results/${folder}/${index}`;
    const bytes = Buffer.from(base64, 'base64');
    await objects.put(key, bytes, sniff(bytes.subarray(0, sniffLength)) ?? 'application/octet-stream');
    return key;
  });
  return settled(storing);
}

/** Links to stored pictures, or null when their day is over. Times are epoch milliseconds. @throws what S3 throws */
export async function linksTo(
  objects: ObjectStore,
  keys: readonly string[],
  storedAt: number,
  now: number,
): Promise<LinkedPicture[] | null> {
  const seconds = Math.min(linkLife, Math.floor((storedAt + day - now) / 1000));
  if (seconds <= 0) return null;
  const expiresAt = isoChina(now + seconds * 1000);
  return Promise.all(keys.map(async (key) => ({ url: await objects.link(key, seconds), expiresAt })));
}

/** Every picture in a result, at any depth, in order. */
export function picturesIn(result: unknown): InlinePicture[] {
  if (isPicture(result)) return [result];
  if (typeof result !== 'object' || result === null) return [];
  return Object.values(result).flatMap(picturesIn);
}

/** The same result with each picture replaced by the next link. */
export function withLinks(result: Result, links: readonly LinkedPicture[]): Result {
  const rest = links.values();
  const replace = (value: unknown): unknown => {
    if (isPicture(value)) return rest.next().value;
    if (Array.isArray(value)) return value.map(replace);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, replace(inner)]));
  };
  return replace(result) as Result;
}
