/** Keyed fingerprints: what tells two requests apart without holding either of them (reliability: IDM-11). */
import { createHash, createHmac } from 'node:crypto';
import type { InlineMedia } from '../media/inline.ts';
import type { CheckedRequest, MediaReference } from '../request/validate.ts';

/** The fingerprints of one request. */
export interface Fingerprints {
  /** HMAC of caller, operation and canonical input. */
  readonly fingerprint: string;
  /** HMAC of the ID number. */
  readonly subject?: string;
}

const hmac = (key: string, text: string): string => createHmac('sha256', key).update(text).digest('hex');

/** 32 hex characters that stand in for a user number where a profile requires one and none is given. */
export const standInUserId = (key: string, idNo: string): string => hmac(key, `user\n${idNo}`).slice(0, 32);

/** JSON with the keys of every object in order, so that equal values give equal texts. */
const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  );

/** Fingerprints of what is no request. */
export const fingerprintOf = {
  /** HMAC of an ID number. */
  subject: (key: string, idNo: string): string => hmac(key, `subject\n${idNo}`),
  /** HMAC of caller and plan of a verification. */
  plan: (key: string, caller: string, plan: object): string => hmac(key, `plan\n${canonicalJson([caller, plan])}`),
};

const nameOf = (media: InlineMedia | MediaReference): unknown =>
  'mediaId' in media ? media : createHash('sha256').update(media.base64, 'latin1').digest('hex');

/**
 * Fingerprints of a checked request. Inline media goes in by its SHA-256, staged media by its id, the order number not at all; an unkeyed hash would be
 * no secret, since there are only about 2^37 ID numbers.
 */
export function fingerprints(key: string, caller: string, operation: string, request: CheckedRequest): Fingerprints {
  const canonical = Object.keys(request)
    .filter((name) => name !== 'orderNo')
    .sort()
    .map((name) => {
      const value = request[name]!;
      return [name, typeof value === 'object' ? nameOf(value) : value];
    });
  return {
    fingerprint: hmac(key, JSON.stringify([caller, operation, canonical])),
    ...(typeof request.idNo === 'string' ? { subject: fingerprintOf.subject(key, request.idNo) } : {}),
  };
}
