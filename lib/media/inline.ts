/** Media that stands in the request itself. */
import type { Limit } from '../fields/limits.ts';
import { bare, decodedLength } from './base64.ts';
import { sniff, sniffLength } from './magic.ts';

/** Checked media: strict base64 text, its size in bytes and its type. */
export interface InlineMedia {
  readonly base64: string;
  readonly size: number;
  readonly type: string;
}

/** Why media is refused. */
export type MediaRule = 'empty' | 'too-large' | 'base64' | 'media-type';

/** Checks base64 text against a limit: size first, then the alphabet, then the first bytes. */
export function checkInline(text: string, limit: Limit): InlineMedia | MediaRule {
  const base64 = bare(text);
  if (base64 === '') return 'empty';
  if (base64.length > limit.base64) return 'too-large';
  const size = decodedLength(base64);
  if (size === null) return 'base64';
  if (limit.raw !== undefined && size > limit.raw) return 'too-large';
  const type = sniff(Buffer.from(base64.slice(0, (sniffLength / 3) * 4), 'base64'));
  if (type === null || !limit.types.includes(type)) return 'media-type';
  return { base64, size, type };
}
