/** Grants for uploads: one file of one type and size, for one caller, for five minutes. */
import { randomText } from '#signing';
import type { MediaType } from '../fields/limits.ts';
import type { Call, Context } from '../flow/context.ts';
import { Problem } from '../http/problem.ts';
import { safeKey, type Violation } from '../request/validate.ts';
import { isoChina } from '../time.ts';
import { uploadKey } from './file.ts';
import { grantLife } from './records.ts';

/** What a caller gets: where to send the file, as multipart/form-data with the file last. */
export interface MediaGrant {
  readonly mediaId: string;
  readonly upload: { readonly url: string; readonly fields: Readonly<Record<string, string>> };
  /** When the upload must have begun; ISO time with `+08:00`. */
  readonly expiresAt: string;
}

interface Wanted {
  readonly contentType: MediaType;
  readonly size: number;
}

function check(input: unknown, largest: Readonly<Record<string, number>>): Wanted {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new Problem('invalid-request', { errors: [{ pointer: '', rule: 'type' }] });
  }
  const { contentType, size, ...others } = input as Record<string, unknown>;
  const errors: Violation[] = Object.keys(others).map((key) => ({ pointer: `/${safeKey(key)}`, rule: 'unknown' }));
  if (contentType === undefined) errors.push({ pointer: '/contentType', rule: 'required' });
  else if (typeof contentType !== 'string') errors.push({ pointer: '/contentType', rule: 'type' });
  else if (!Object.hasOwn(largest, contentType)) errors.push({ pointer: '/contentType', rule: 'choice' });
  if (size === undefined) errors.push({ pointer: '/size', rule: 'required' });
  else if (!Number.isSafeInteger(size)) errors.push({ pointer: '/size', rule: 'type' });
  else if ((size as number) < 1) errors.push({ pointer: '/size', rule: 'empty' });
  if (errors.length > 0) throw new Problem('invalid-request', { errors });
  const wanted = { contentType, size } as Wanted;
  if (wanted.size > largest[wanted.contentType]!) {
    throw new Problem('media-invalid', { errors: [{ pointer: '/size', rule: 'too-large' }] });
  }
  return wanted;
}

/**
 * Grants an upload.
 *
 * @param largest the largest file of each type, in bytes
 * @throws Problem `invalid-request`, `media-invalid`, `ledger-unavailable`, `media-unavailable`
 */
export async function grantUpload(
  largest: Readonly<Partial<Record<MediaType, number>>>,
  call: Call,
  { staging, now }: Context,
): Promise<MediaGrant> {
  const wanted = check(call.input, largest);
  const mediaId = randomText(32);
  const createdAt = now();
  const upload = await staging.objects
    .form(uploadKey(mediaId), wanted.contentType, wanted.size, grantLife)
    .catch(() => {
      throw new Problem('media-unavailable', { billed: 'no' });
    });
  const created = staging.records.create({ mediaId, caller: call.caller, createdAt, ...wanted });
  // An id that is taken is our own write whose answer was lost: ids are random.
  await created.catch(() => {
    throw new Problem('ledger-unavailable');
  });
  return { mediaId, upload, expiresAt: isoChina(createdAt + grantLife * 1000) };
}
