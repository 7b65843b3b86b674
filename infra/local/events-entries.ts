import { randomUUID } from 'node:crypto';
import { isObject, type Json } from './intrinsics.ts';

/** Where and when events arise. */
export interface EventSurroundings {
  account: string;
  region: string;
  /** Epoch milliseconds. */
  now?: () => number;
}

/** Limits of `PutEvents`: entries of a request, and bytes of them all. */
export const entryLimits = { entries: 10, bytes: 262_144 };

/** Why EventBridge would refuse a whole request; `undefined` if it would not. */
export function requestFailure(entries: Json[]): string | undefined {
  const rule = "1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length";
  if (entries.length < 1) return `${rule} greater than or equal to 1`;
  if (entries.length > entryLimits.entries) return `${rule} less than or equal to ${entryLimits.entries}`;
  const bytes = entries.reduce((sum, entry) => sum + entryBytes(entry), 0);
  return bytes > entryLimits.bytes ? 'Total size of the entries in the request is over the limit.' : undefined;
}

/** As EventBridge's guide counts: 14 bytes for a time, and the texts as UTF-8. */
function entryBytes({ Time, Source, DetailType, Detail, Resources }: Json): number {
  const texts = [Source, DetailType, Detail, ...(Array.isArray(Resources) ? Resources : [])];
  const bytes = texts.map((text) => (typeof text === 'string' ? Buffer.byteLength(text) : 0));
  return bytes.reduce((sum, each) => sum + each, Time === undefined ? 0 : 14);
}

/** How EventBridge answers an entry that it does not take; `undefined` if it takes it. */
export function entryFailure(entry: Json): { ErrorCode: string; ErrorMessage: string } | undefined {
  for (const name of ['Source', 'DetailType', 'Detail']) {
    if (typeof entry[name] === 'string' && entry[name] !== '') continue;
    const ErrorMessage = `Parameter ${name} is not valid. Reason: ${name} is a required argument.`;
    return { ErrorCode: 'InvalidArgument', ErrorMessage };
  }
  if (String(entry.Source).startsWith('aws.')) {
    return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' };
  }
  if (detailOf(entry) === undefined) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
  return undefined;
}

function detailOf({ Detail }: Json): Json | undefined {
  try {
    const detail: unknown = JSON.parse(String(Detail));
    return isObject(detail) ? detail : undefined;
  } catch {
    return undefined;
  }
}

/** The event that targets would get for an entry. `Time` is in seconds, as the JSON protocol has it. */
export function eventOf(entry: Json, { account, region, now = Date.now }: EventSurroundings): Json {
  const time = typeof entry.Time === 'number' ? entry.Time * 1000 : now();
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': entry.DetailType,
    source: entry.Source,
    account,
    time: new Date(time).toISOString().replace(/\.\d+Z$/, 'Z'),
    region,
    resources: entry.Resources ?? [],
    detail: detailOf(entry) ?? {},
  };
}
