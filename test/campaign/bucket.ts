/** The bucket of a schedule: every call of it, and every piece of an object that is read, has the fate of its weather. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ObjectStore, StoredObject } from '#signing';
import type { Calls, Run } from './process.ts';
import type { Weather } from './weather.ts';

/** What the bucket works with. */
export interface BucketParts {
  readonly calls: Calls;
  readonly weather: Weather;
  /** Milliseconds since the start of the schedule. */
  readonly since: () => number;
  /** `by` is about to delete an object that is there. */
  readonly removing: (by: string, key: string) => void;
  /** An object breaks off while this run reads it. */
  readonly breaking: (run: Run) => void;
}

/** The objects of a schedule. */
export interface Bucket {
  readonly objects: Map<string, Buffer>;
  /** The bucket as one process sees it. */
  readonly storeOf: (running: () => Run) => ObjectStore;
}

const unavailable = () => Object.assign(new Error('Please reduce your request rate.'), { name: 'SlowDown' });
const broken = () => Object.assign(new Error('aborted'), { code: 'ECONNRESET' });

/** The bytes that come with the headers; the rest of these small files comes in two more pieces, when it is asked for. */
const atOnce = 12;

function piecesOf(bytes: Buffer): Buffer[] {
  const middle = (bytes.length + atOnce) >> 1;
  const cuts = [bytes.subarray(0, atOnce), bytes.subarray(atOnce, middle), bytes.subarray(middle)];
  return cuts.filter(({ length }) => length > 0);
}

/** An empty bucket. */
export function createBucket({ calls, weather, since, removing, breaking }: BucketParts): Bucket {
  const objects = new Map<string, Buffer>();

  function bodyOf(run: Run, bytes: Buffer): Readable {
    const pieces = piecesOf(bytes);
    let first = true;
    let waiting = false;
    return new Readable({
      // Nothing is read ahead but the next piece.
      highWaterMark: 1,
      read() {
        const piece = pieces.shift() ?? null;
        if (first || piece === null) {
          first = false;
          this.push(piece);
          return;
        }
        const call = calls.begin(run);
        if (call === null) return;
        const { kind, there, back } = weather.objects(since());
        if (kind !== 'fine') calls.fault();
        waiting = true;
        const go = () => {
          waiting = false;
          if (kind === 'fine') {
            this.push(piece);
            return;
          }
          breaking(run);
          this.destroy(broken());
        };
        const what = kind === 'fine' ? 'reads on' : 'reads no further';
        calls.settle(run, call, what, there + back, go, () => waiting);
        calls.left(run, call);
      },
      destroy(error, done) {
        // Nobody waits for that piece any more.
        if (waiting) run.open -= 1;
        waiting = false;
        done(error);
      },
    });
  }

  const storeOf = (running: () => Run): ObjectStore => {
    const call = <T>(what: string, act: (run: Run) => T): Promise<T> => {
      const run = running();
      return calls.store(run, what, weather.objects(since()), () => act(run), unavailable);
    };
    return {
      open: (key, wanted) =>
        call('GetObject', (run): StoredObject | 'missing' | 'changed' => {
          const bytes = objects.get(key);
          if (!bytes) return 'missing';
          const etag = `"${createHash('md5').update(bytes).digest('hex')}"`;
          if (wanted !== undefined && wanted !== etag) return 'changed';
          return { etag, size: bytes.length, contentType: '', body: bodyOf(run, bytes) };
        }),
      put: (key, body) => call('PutObject', () => void objects.set(key, Buffer.from(body))),
      remove: (key) =>
        call('DeleteObject', ({ name }) => {
          if (objects.has(key)) removing(name, key);
          objects.delete(key);
        }),
      // Both are only signed, here and now.
      link: async (key, seconds) => `campaign:${key}?${seconds}`,
      form: async (key) => ({ url: 'campaign:', fields: { key } }),
    };
  };

  return { objects, storeOf };
}
