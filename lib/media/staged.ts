/** The staged files of one request: whose they are and what they may be, then their objects, then whom they serve. */
import type { ObjectStore } from '#signing';
import { Problem } from '../http/problem.ts';
import { limitOf, type Operation, type ProfileName } from '../operation.ts';
import type { CheckedRequest, MediaReference, Violation } from '../request/validate.ts';
import { settled } from '../settled.ts';
import { base64Length } from './base64.ts';
import { mediaPointer, openFile, type StagedFile, uploadKey } from './file.ts';
import { day, type Holder, type MediaRecord, type MediaRecords } from './records.ts';

/** Where staged files are. */
export interface Staging {
  readonly records: MediaRecords;
  readonly objects: ObjectStore;
}

/** A staged file as a request names it: where, and under which limit. */
export interface Use {
  /** JSON pointer of the media in the request. */
  readonly pointer: string;
  readonly mediaId: string;
  readonly fits: (media: MediaRecord) => 'too-large' | 'media-type' | null;
}

/** Who wants to use files, and for what. */
export interface User {
  readonly caller: string;
  /** Whether files of other callers are none of this one's. */
  readonly isolated: boolean;
  readonly holder: Holder;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** A staged file as one field of an operation takes it. */
export function useOf(
  operation: Operation,
  field: string,
  profile: ProfileName,
  { mediaId }: MediaReference,
  pointer: string,
): Use {
  const limit = limitOf(operation, field, profile);
  const fits = ({ size, contentType }: MediaRecord) => {
    if (base64Length(size) > limit.base64 || size > (limit.raw ?? size)) return 'too-large';
    return limit.types.includes(contentType) ? null : 'media-type';
  };
  return { pointer, mediaId, fits };
}

/** The staged files that an operation is to be called with. */
export function usesOf(operation: Operation, profile: ProfileName, request: CheckedRequest): readonly Use[] {
  return Object.entries(request).flatMap(([name, value]): Use[] => {
    if (typeof value !== 'object' || !('mediaId' in value)) return [];
    return [useOf(operation, name, profile, value, mediaPointer(name))];
  });
}

async function orUnavailable<T>(slug: 'ledger-unavailable' | 'media-unavailable', work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch {
    throw new Problem(slug, { billed: 'no' });
  }
}

function faultOf(media: MediaRecord | null, { fits }: Use, { caller, isolated, now }: User): string | null {
  // A foreign file is no other than one that does not exist.
  if (!media || (isolated && media.caller !== caller)) return 'unknown-media';
  return now - media.createdAt >= day ? 'expired' : fits(media);
}

/**
 * What is known of the files: each exists, belongs to the caller, is fresh, fits and serves nobody else.
 *
 * @throws Problem `media-invalid`, `media-used`, `ledger-unavailable`
 */
export async function findMedia(
  { records }: Staging,
  uses: readonly Use[],
  user: User,
): Promise<ReadonlyMap<string, MediaRecord>> {
  const known = await orUnavailable(
    'ledger-unavailable',
    settled(uses.map(async (use) => [use, await records.read(use.mediaId)] as const)),
  );
  const errors = known.flatMap(([use, media]): Violation[] => {
    const rule = faultOf(media, use, user);
    return rule === null ? [] : [{ pointer: use.pointer, rule }];
  });
  if (errors.length > 0) throw new Problem('media-invalid', { errors });
  const used = known
    .filter(([, media]) => media!.boundTo !== undefined && media!.boundTo !== user.holder)
    .map(([{ pointer }]) => ({ pointer, rule: 'used' }));
  if (used.length > 0) throw new Problem('media-used', { errors: used });
  return new Map(known.map(([{ mediaId }, media]) => [mediaId, media!]));
}

/** Files that are open, by the pointers that name them: a file that is named twice is open twice. */
export type StagedFiles = ReadonlyMap<string, StagedFile>;

/** Files that are open and bound to their user. */
export interface Taken {
  readonly files: StagedFiles;
  /** Gives back what no other call has bound, for a user that does not use it after all. Does what it can. */
  readonly giveBack: () => Promise<void>;
}

/** Lets go of files. */
export const closeFiles = (files: StagedFiles): void => {
  for (const file of files.values()) file.close();
};

/**
 * Opens the objects and binds them to their user. What is bound is exactly what was looked at.
 *
 * @throws Problem `media-invalid`, `media-used`, `media-unavailable`, `ledger-unavailable`; then nothing is open
 */
export async function takeMedia(
  staging: Staging,
  uses: readonly Use[],
  found: ReadonlyMap<string, MediaRecord>,
  user: User,
): Promise<Taken> {
  const { records, objects } = staging;
  const { holder } = user;
  const files = new Map<string, StagedFile>();
  // Several steps may be called with what stands in one place of a plan.
  const places = new Map(uses.map(({ pointer, mediaId }) => [pointer, mediaId]));
  const bound: MediaRecord[] = [];
  async function giveBack(): Promise<void> {
    const fresh = bound.filter(({ boundTo }) => boundTo === undefined);
    // Not what another call for the same holder has bound as well: that call may be about to send it.
    await Promise.allSettled(fresh.map(({ mediaId, version }) => records.release(mediaId, holder, version + 1)));
  }
  try {
    const opening = [...places].map(async ([pointer, mediaId]): Promise<Violation[]> => {
      const file = await openFile(objects, found.get(mediaId)!);
      if (typeof file === 'string') return [{ pointer, rule: file }];
      files.set(pointer, file);
      return [];
    });
    const errors = (await orUnavailable('media-unavailable', settled(opening))).flat();
    if (errors.length > 0) {
      // Whoever was faster may have used it and deleted it.
      await findMedia(staging, uses, user);
      throw new Problem('media-invalid', { errors });
    }
    const binding = [...found].map(async ([mediaId, media]): Promise<Violation[]> => {
      const opened = [...files].filter(([, file]) => file.mediaId === mediaId);
      const [etag, ...others] = new Set(opened.map(([, file]) => file.etag));
      if (others.length === 0 && (await records.bind(mediaId, holder, etag!))) {
        bound.push(media);
        return [];
      }
      return opened.map(([pointer]) => ({ pointer, rule: 'used' }));
    });
    const used = (await orUnavailable('ledger-unavailable', settled(binding))).flat();
    if (used.length > 0) {
      // The caller has to come again with other files.
      await giveBack();
      throw new Problem('media-used', { errors: used });
    }
    return { files, giveBack };
  } catch (error) {
    closeFiles(files);
    throw error;
  }
}

/**
 * Deletes uploads. Whoever has the form may upload once more until the grant ends, so they are looked at again after that.
 *
 * @param lookAt epoch milliseconds; never, where the grant has ended
 * @throws what S3 or DynamoDB throw; somebody looks again later
 */
export async function removeMedia(
  { records, objects }: Staging,
  mediaIds: readonly string[],
  lookAt: number | 'never',
): Promise<void> {
  await settled(
    mediaIds.map(async (mediaId) => {
      await objects.remove(uploadKey(mediaId));
      await records.lookAgain(mediaId, lookAt);
    }),
  );
}

/** Gives files back, so that another order may use them. @throws what DynamoDB throws */
export async function releaseMedia(
  { records }: Pick<Staging, 'records'>,
  mediaIds: readonly string[],
  holder: Holder,
): Promise<void> {
  await settled(mediaIds.map((mediaId) => records.release(mediaId, holder)));
}
