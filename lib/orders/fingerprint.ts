/** Keyed fingerprints: what tells two requests apart without holding either of them (reliability: IDM-11). */
import { createHash, createHmac } from 'node:crypto';
import type { CheckedRequest } from '../request/validate.ts';

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

/**
 * Fingerprints of a checked request. Media goes in by its SHA-256, the order number not at all; an unkeyed hash would be
 * no secret, since there are only about 2^37 ID numbers.
 */
export function fingerprints(key: string, caller: string, operation: string, request: CheckedRequest): Fingerprints {
  const canonical = Object.keys(request)
    .filter((name) => name !== 'orderNo')
    .sort()
    .map((name) => {
      const value = request[name]!;
      return [
        name,
        typeof value === 'object' ? createHash('sha256').update(value.base64, 'latin1').digest('hex') : value,
      ];
    });
  return {
    fingerprint: hmac(key, JSON.stringify([caller, operation, canonical])),
    ...(typeof request.idNo === 'string' ? { subject: hmac(key, `subject\n${request.idNo}`) } : {}),
  };
}
