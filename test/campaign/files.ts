/** What must be true of staged files at every moment of a schedule (reliability: PII-8). */
import { classify } from '../../lib/codes/classify.ts';
import { uploadKey } from '../../lib/media/file.ts';
import { day, type MediaRecord } from '../../lib/media/records.ts';
import { type OrderRecord, terminal, toRecord } from '../../lib/orders/record.ts';
import { fromItem } from '../../lib/store/attributes.ts';
import type { Item } from './dynamo/syntax.ts';
import { operationOf } from './gateway.ts';
import type { Oracle } from './oracle.ts';
import type { Run } from './process.ts';
import type { File } from './staging.ts';
import type { Asked } from './truth.ts';

/** Watches staged files. */
export interface FilesOracle {
  /** Bytes of a call with staged files leave. */
  readonly sending: (run: Run, asked: Asked) => void;
  /** The whole body of such a call has arrived. */
  readonly received: (run: Run, asked: Asked, body: Buffer) => void;
  /** An upload that is there is about to be deleted. */
  readonly removing: (by: string, key: string) => void;
  /** An object breaks off while this run reads it. */
  readonly breaking: (run: Run) => void;
  /** Whether an object broke off while the run of this name read it. */
  readonly broke: (by: string) => boolean;
  /** No upload is left that nobody needs any more. */
  readonly left: (why: string) => void;
  /** How often what happened to files. */
  readonly fates: ReadonlyMap<FileFate, number>;
}

/** What happens to a file. */
export type FileFate =
  | 'sent'
  | 'sent again for its order'
  | 'sent for another order, having been given back'
  | 'broken off while it was sent'
  | 'deleted by its order'
  | 'deleted later'
  | 'deleted after its day';

/** What the oracle looks at. */
export interface FilesParts {
  readonly items: () => ReadonlyMap<string, Item>;
  readonly objects: () => ReadonlyMap<string, Buffer>;
  readonly files: readonly File[];
  readonly blame: Oracle['blame'];
  readonly now: () => number;
  /** A challenge can be continued for so many milliseconds. */
  readonly challengeMaxAge: number;
}

/** What is deleted late is deleted by two ticks of the schedule, and ticks themselves come late and take time. */
const quiet = 150_000;

const throttled = ({ state, problem }: OrderRecord): boolean =>
  state === 'rejected' && problem === 'upstream-rate-limited';

/** Whether the answer with this code ends the order, and does not give its files back. */
function isFinal(operation: string, code: string): boolean {
  const { class: codeClass, reason } = classify(operationOf(operation).family, code);
  if (code === '' || codeClass === 'auth' || codeClass === 'transient') return false;
  return codeClass !== 'rate' || reason === 'subject-limit';
}

/** An oracle over the uploads of a schedule. */
export function createFilesOracle(parts: FilesParts): FilesOracle {
  const { items, objects, files, blame, now, challengeMaxAge } = parts;
  const served = new Map<string, Set<string>>();
  const fates = new Map<FileFate, number>();
  const add = (fate: FileFate) => fates.set(fate, (fates.get(fate) ?? 0) + 1);
  const texts = new Map(files.map(({ mediaId, bytes }) => [mediaId, bytes.toString('base64')]));
  /** Runs that have sent staged files. */
  const runs = new Map<string, Run>();

  const orderOf = (orderNo: string): OrderRecord | undefined => {
    const item = items().get(orderNo);
    return item && toRecord(item);
  };
  const mediaOf = (mediaId: string) => fromItem(items().get(`media#${mediaId}`)!) as unknown as MediaRecord;
  const holderOf = ({ boundTo }: MediaRecord) => boundTo && orderOf(boundTo.slice('order#'.length));

  /** Whether an order will never need its files again. */
  function over(record: OrderRecord): boolean {
    const { state, operation, challenge } = record;
    const { order } = operationOf(operation);
    const waiting = order.kind === 'creates' && order.continuedBy !== undefined && challenge;
    if (waiting && now() < challenge.issuedAt + challengeMaxAge) return false;
    return terminal.has(state) && state !== 'not-processed';
  }

  const broken = new Set<string>();

  return {
    fates,
    sending(run, { operation, orderNo }) {
      if (!operation?.creates || run.files.length === 0) return;
      runs.set(run.name, run);
      const named = orderOf(orderNo)?.media ?? [];
      if (new Set(named).symmetricDifference(new Set(run.files)).size > 0) {
        blame('wrong-file', `${orderNo} of ${run.name}: ${named.join()} recorded, ${run.files.join()} named`);
      }
      for (const mediaId of run.files) {
        const before = served.get(mediaId) ?? new Set();
        for (const other of before) {
          const record = orderOf(other);
          if (other === orderNo || (record && throttled(record))) continue;
          blame('shared-file', `${mediaId} is sent for ${orderNo} after ${other} (${record?.state})`);
        }
        const again = before.has(orderNo)
          ? 'sent again for its order'
          : 'sent for another order, having been given back';
        add(before.size === 0 ? 'sent' : again);
        served.set(mediaId, before.add(orderNo));
      }
    },
    received(run, { orderNo }, body) {
      const text = body.toString('latin1');
      for (const [mediaId, base64] of texts) {
        if (text.includes(base64) === run.files.includes(mediaId)) continue;
        blame('wrong-file', `${orderNo} of ${run.name} ${text.includes(base64) ? 'is sent' : 'lacks'} ${mediaId}`);
      }
    },
    removing(by, key) {
      if (!key.startsWith(uploadKey(''))) return;
      const media = mediaOf(key.slice(uploadKey('').length));
      const record = holderOf(media);
      const run = runs.get(by);
      const owner = run !== undefined && record?.attemptId.split('.')[0] === by;
      const expired = now() >= media.createdAt + day;
      add(owner ? 'deleted by its order' : expired ? 'deleted after its day' : 'deleted later');
      if (expired || (record && over(record) && !throttled(record))) return;
      if (owner && isFinal(record.operation, run.heard.at(-1) ?? '')) return;
      const whose = `${media.boundTo ?? 'nobody'} (${record?.operation} ${record?.state})`;
      blame('deleted-early', `${by} deletes ${key} of ${whose}`);
    },
    broke: (by) => broken.has(by),
    breaking(run) {
      broken.add(run.name);
      if (run.sends.length > 0) add('broken off while it was sent');
    },
    left(why) {
      for (const { mediaId } of files) {
        const media = mediaOf(mediaId);
        if (media.boundTo === undefined || !objects().has(uploadKey(mediaId))) continue;
        const record = holderOf(media);
        const expired = now() >= media.createdAt + day + quiet;
        const ended = record && over(record) && now() >= (record.endedAt ?? now()) + quiet;
        if (expired || ended) blame('upload-left', `${mediaId} of ${media.boundTo} (${record?.state}) ${why}`);
      }
    },
  };
}
