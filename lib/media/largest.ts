import type { MediaType } from '../fields/limits.ts';
import { limitOf, type Operation, type ProfileName } from '../operation.ts';

/** The largest file of each type, in bytes, that any field of the operations takes on a profile. */
export function largestFiles(
  operations: readonly Operation[],
  profile: ProfileName,
): Readonly<Partial<Record<MediaType, number>>> {
  const largest: Partial<Record<MediaType, number>> = {};
  for (const operation of operations) {
    for (const field of Object.keys(operation.limits)) {
      const { types, base64, raw = Number.POSITIVE_INFINITY } = limitOf(operation, field, profile);
      const bytes = Math.min(raw, Math.floor(base64 / 4) * 3);
      for (const type of types) largest[type] = Math.max(largest[type] ?? 0, bytes);
    }
  }
  return largest;
}
