/** What is known of each staged file: whose it is, what it may be used for, and whether it must still be deleted. */
import type { DynamoDBClient } from '#signing';
import type { MediaType } from '../fields/limits.ts';
import { fromItem, type Item } from '../store/attributes.ts';
import { createTable, type Page } from '../store/table.ts';

/** What a file is bound to: one order, or one verification with all its steps. */
export type Holder = `order#${string}` | `verification#${string}`;

/** A staged file. Times are epoch milliseconds. No personal data: the file itself is in the bucket alone. */
export interface MediaRecord {
  readonly mediaId: string;
  readonly caller: string;
  readonly contentType: MediaType;
  /** Bytes. */
  readonly size: number;
  readonly createdAt: number;
  readonly boundTo?: Holder;
  /** The object that was checked; any other under the same key is refused. */
  readonly etag?: string;
  /** When somebody looks again whether its upload must be deleted; absent once that is done, and while it serves nobody. */
  readonly nextQueryAt?: number;
  /** Counts the writes. */
  readonly version: number;
}

/** A file that is about to be uploaded. */
export type NewMedia = Omit<MediaRecord, 'boundTo' | 'etag' | 'nextQueryAt' | 'version'>;

/** Uploads may be read for a day (reliability: PII-8). */
export const day = 86_400_000;
/** Records stay a day longer, so that a late use is told what is wrong. */
const kept = 2 * day;
/** Seconds that a grant to upload serves. */
export const grantLife = 300;
/** How long after its grant nobody can upload a file any more, with something for clocks that differ. */
export const uploadable = (grantLife + 15) * 1000;
/** How long after its use somebody looks whether a file still has to be deleted. */
export const lookAfter = 45_000;

/** Reads and writes the records. All methods throw what DynamoDB throws, except for failed conditions. */
export interface MediaRecords {
  /** False: there is one of this id. */
  create(media: NewMedia): Promise<boolean>;
  /** Consistent read. */
  read(mediaId: string): Promise<MediaRecord | null>;
  /** Binds a checked file. False: it is somebody else's by now, or another file than the one checked. */
  bind(mediaId: string, holder: Holder, etag: string): Promise<boolean>;
  /**
   * Gives a file back, so that another order may use it.
   *
   * @param version if given, nothing is given back when the record has another version by now
   */
  release(mediaId: string, holder: Holder, version?: number): Promise<void>;
  /**
   * Notes when to look again whether a bound file has to be deleted; never, once it is deleted.
   *
   * @param seen the record that this was decided by: nothing is noted when the file has been used since
   */
  lookAgain(mediaId: string, at: number | 'never', seen?: MediaRecord): Promise<void>;
  /** Ids of files to look at by `until`. */
  due(until: number, limit: number, from?: Item): Promise<Page>;
}

const prefix = 'media#';

/** The records in one table. */
export function mediaRecords(client: DynamoDBClient, name: string, now: () => number): MediaRecords {
  const table = createTable(client, name);
  const key = (mediaId: string): string => prefix + mediaId;
  return {
    create({ mediaId, ...media }) {
      const set = { ...media, ttl: Math.ceil((media.createdAt + kept) / 1000) };
      return table.write(key(mediaId), { condition: 'attribute_not_exists(#orderNo)', set });
    },

    async read(mediaId) {
      const item = await table.read(key(mediaId));
      return item && ({ ...fromItem(item), mediaId } as unknown as MediaRecord);
    },

    bind(mediaId, holder, etag) {
      const free = '(attribute_not_exists(#boundTo) OR #boundTo = :holder)';
      const same = '(attribute_not_exists(#etag) OR #etag = :checked)';
      return table.write(key(mediaId), {
        condition: `attribute_exists(#orderNo) AND ${free} AND ${same}`,
        values: { holder, checked: etag },
        set: { boundTo: holder, etag, pending: 'media', nextQueryAt: now() + lookAfter },
      });
    },

    async release(mediaId, holder, version) {
      const remove = ['boundTo', 'pending', 'nextQueryAt'];
      const condition = `#boundTo = :holder${version === undefined ? '' : ' AND #version = :seen'}`;
      await table.write(key(mediaId), { condition, values: { holder, seen: version }, set: {}, remove });
    },

    async lookAgain(mediaId, at, seen) {
      const change = at === 'never' ? { set: {}, remove: ['pending', 'nextQueryAt'] } : { set: { nextQueryAt: at } };
      const condition = `attribute_exists(#pending)${seen ? ' AND #nextQueryAt = :seen' : ''}`;
      await table.write(key(mediaId), { condition, values: seen ? { seen: seen.nextQueryAt } : {}, ...change });
    },

    async due(until, limit, from) {
      const { keys, ...rest } = await table.due('media', until, limit, from);
      return { keys: keys.map((found) => found.slice(prefix.length)), ...rest };
    },
  };
}
