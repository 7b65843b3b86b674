/** One staged file on its way: opened and looked at before anything is bought, then read as it is sent. */
import type { ObjectStore, StoredObject } from '#signing';
import type { MediaType } from '../fields/limits.ts';
import { sniff, sniffLength } from './magic.ts';
import { inTime } from './patience.ts';
import type { MediaRecord } from './records.ts';

/** A staged file that may be used. */
export interface StagedFile {
  readonly mediaId: string;
  readonly type: MediaType;
  /** Bytes. */
  readonly size: number;
  /** ETag of the object that was looked at. */
  readonly etag: string;
  /** Makes sure that the next read needs nothing of S3 any more but the rest of the file. */
  ready(): Promise<FileFault | null>;
  /** The bytes, once for each time that it is ready. @throws when they are more or fewer than announced, or break off */
  read(): AsyncGenerator<Uint8Array>;
  /** Lets go of what is open. */
  close(): void;
}

/** What is wrong with the object of a staged file. */
export type FileFault = 'not-uploaded' | 'changed' | 'media-type';

/** Where a request names the staged file of a field, as JSON pointer. */
export const mediaPointer = (field: string): string => `/${field}/mediaId`;

/** Where uploads lie in the bucket. */
export const uploadKey = (mediaId: string): string => `uploads/${mediaId}`;

interface Opened {
  readonly head: readonly Uint8Array[];
  readonly rest: AsyncIterator<Uint8Array>;
  readonly object: StoredObject;
}

/** Reads just enough to see what kind of file it is. */
async function begin(object: StoredObject): Promise<Opened> {
  // A stream that breaks while nobody reads it would end the process.
  object.body.on('error', () => {});
  const rest = (object.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  const head: Uint8Array[] = [];
  for (let bytes = 0; bytes < sniffLength; ) {
    const { value, done } = await rest.next();
    if (done) break;
    head.push(value);
    bytes += value.length;
  }
  return { head, rest, object };
}

/** Whether a file broke off while it waited to be sent. */
const isBroken = ({ object: { body } }: Opened): boolean =>
  body.errored !== null || (body.destroyed && !body.readableEnded);

/**
 * Opens the object of a record: the one that was looked at before, if it was.
 *
 * @throws what S3 throws
 */
export async function openFile(objects: ObjectStore, media: MediaRecord): Promise<StagedFile | FileFault> {
  const { mediaId, contentType: type, size } = media;
  const key = uploadKey(mediaId);
  let etag = media.etag;
  let opened: Opened | undefined;
  let reading: StoredObject | undefined;

  const close = (): void => {
    opened?.object.body.destroy();
    reading?.body.destroy();
    opened = undefined;
    reading = undefined;
  };

  async function ready(): Promise<FileFault | null> {
    if (opened && !isBroken(opened)) return null;
    opened = undefined;
    const object = await objects.open(key, etag);
    if (object === 'missing') return 'not-uploaded';
    if (object === 'changed') return 'changed';
    opened = await inTime(object.body, begin(object));
    etag ??= object.etag;
    const fault = faultOf(opened);
    if (fault !== null) close();
    return fault;
  }

  function faultOf({ head, object }: Opened): FileFault | null {
    if (object.size !== size || object.etag !== etag) return 'changed';
    return sniff(Buffer.concat(head).subarray(0, sniffLength)) === type ? null : 'media-type';
  }

  async function* read(): AsyncGenerator<Uint8Array> {
    const current = opened;
    if (!current) throw new Error('The staged file is not open');
    opened = undefined;
    reading = current.object;
    let bytes = 0;
    try {
      for (const chunk of current.head) {
        bytes += chunk.length;
        yield chunk;
      }
      for (let next = await current.rest.next(); !next.done; next = await current.rest.next()) {
        bytes += next.value.length;
        if (bytes > size) break;
        yield next.value;
      }
      if (bytes !== size) throw new Error('The staged file has another length than announced');
    } finally {
      current.object.body.destroy();
    }
  }

  const fault = await ready();
  if (fault !== null) return fault;
  return { mediaId, type, size, etag: etag!, ready, read, close };
}
