import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../atomic-file.ts';
import type { BucketModel } from '../model.ts';

/** What is known of an object besides its bytes. */
export interface ObjectRecord {
  key: string;
  /** MD5 in hex, in quotes. */
  etag: string;
  /** Bytes. */
  size: number;
  /** Epoch milliseconds. */
  lastModified: number;
  contentType: string;
  /** `x-amz-server-side-encryption` and its companions, as they were given. */
  encryption: Record<string, string>;
  /** `x-amz-checksum-…`, if one was given. */
  checksum: Record<string, string>;
}

/** An object that is not there yet. */
export interface Draft {
  write: (chunk: Uint8Array) => Promise<void>;
  /** Makes it the object of its key, at once; `ifAbsent`: only if there is none, else the answer is false. */
  commit: (record: Omit<ObjectRecord, 'lastModified'>, ifAbsent: boolean) => Promise<boolean>;
  /** Leaves nothing behind; after a commit it does nothing. */
  discard: () => Promise<void>;
}

/** The objects of one bucket. Those that are too old are not there. */
export interface Bucket {
  find: (key: string) => ObjectRecord | undefined;
  /** Opens the bytes of an object; they stay as they are even if it is replaced or deleted. The caller closes. */
  open: (key: string) => Promise<{ record: ObjectRecord; file: FileHandle } | undefined>;
  draft: () => Promise<Draft>;
  remove: (key: string) => void;
}

/** The record names the file with the bytes, so that replacing the record replaces both. */
type Stored = ObjectRecord & { file: string };

const day = 86_400_000;

/**
 * When an object is gone, in epoch milliseconds: days are added to its creation, and the sum is rounded up to the next
 * midnight UTC (Amazon S3 User Guide, "Lifecycle configuration elements").
 */
export const expiryOf = (lastModified: number, days: number): number =>
  (Math.floor(lastModified / day) + days + 1) * day;

/**
 * Opens the folder of one bucket and removes what has expired and what uploads have left that did not end. The names of
 * its files tell nothing of the keys.
 */
export function openBucket(folder: string, { name, expirationDays }: BucketModel, now: () => number): Bucket {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const inside = (file: string): string => join(path, file);
  const recordOf = (key: string): string => inside(`${createHash('sha256').update(key).digest('hex')}.json`);
  const read = (file: string): Stored | undefined =>
    existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Stored) : undefined;

  const erase = (file: string, stored: Stored): void => {
    rmSync(file, { force: true });
    rmSync(inside(stored.file), { force: true });
  };
  const living = (file: string): Stored | undefined => {
    const stored = read(file);
    if (!stored || expirationDays === undefined || now() < expiryOf(stored.lastModified, expirationDays)) return stored;
    erase(file, stored);
    return undefined;
  };

  const names = readdirSync(path);
  const records = names.filter((file) => file.endsWith('.json')).map((file) => living(inside(file)));
  const kept = new Set(records.map((stored) => stored?.file));
  for (const file of names) if (!file.endsWith('.json') && !kept.has(file)) rmSync(inside(file), { force: true });

  return {
    find: (key) => living(recordOf(key)),
    open: async (key) => {
      for (;;) {
        const stored = living(recordOf(key));
        if (!stored) return undefined;
        try {
          return { record: stored, file: await open(inside(stored.file)) };
        } catch (error) {
          // Replaced or deleted in between: look again. A record without its bytes never changes, so that is an error.
          if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
          if (read(recordOf(key))?.file === stored.file) throw error;
        }
      }
    },
    draft: async () => {
      const name = `${randomUUID()}.data`;
      const file = await open(inside(name), 'wx', 0o600);
      let committed = false;
      return {
        write: async (chunk) => {
          for (let done = 0; done < chunk.length; ) done += (await file.write(chunk, done)).bytesWritten;
        },
        commit: async (record, ifAbsent) => {
          await file.sync();
          // From here to the end nothing else runs.
          const target = recordOf(record.key);
          const before = living(target);
          if (before && ifAbsent) return false;
          writeFileAtomically(target, JSON.stringify({ ...record, lastModified: now(), file: name } satisfies Stored));
          committed = true;
          if (before) rmSync(inside(before.file), { force: true });
          return true;
        },
        discard: async () => {
          await file.close();
          if (!committed) rmSync(inside(name), { force: true });
        },
      };
    },
    remove: (key) => {
      const target = recordOf(key);
      const stored = read(target);
      if (stored) erase(target, stored);
    },
  };
}
