/** Planted bugs in what becomes of staged files: designs that give up what the real one is careful about. */
import { lookAfter } from '../../lib/media/records.ts';
import { removeMedia } from '../../lib/media/staged.ts';
import { force, type Planted } from './planted.ts';
import type { Mutation } from './schedule.ts';

/** Deletes the files of an order once they are sent, whatever becomes of the order. */
const deletedOnceSent: Mutation = (context) => {
  const { ledger, upstream, staging } = context;
  let media: readonly string[] = [];
  return {
    ...context,
    ledger: {
      ...ledger,
      claim(order) {
        media = order.media ?? [];
        return ledger.claim(order);
      },
    },
    upstream: {
      ...upstream,
      async send(request) {
        const sent = media;
        media = [];
        const [reply] = await Promise.allSettled([upstream.send(request)]);
        await removeMedia(staging, sent, 'never').catch(() => {});
        if (reply.status === 'rejected') throw reply.reason;
        return reply.value;
      },
    },
  };
};

/** Binds a file without looking whether it has been bound since it was found free. */
const unfencedBind: Mutation = (context, client) => {
  const { staging, now } = context;
  const records: typeof staging.records = {
    ...staging.records,
    async bind(mediaId, boundTo, etag) {
      const nextQueryAt = now() + lookAfter;
      await force(client, `media#${mediaId}`, { boundTo, etag, pending: 'media', nextQueryAt });
      return true;
    },
  };
  return { ...context, staging: { ...staging, records } };
};

/** Nobody looks for files that were left behind. */
const noSweep: Mutation = (context) => {
  const { staging } = context;
  const records = { ...staging.records, due: async () => ({ keys: [] }) };
  return { ...context, staging: { ...staging, records } };
};

/** All of them. The first is found in every second schedule, the others in every fifteenth and every twenty-fifth. */
export const plantedInFiles: readonly Planted[] = [
  { name: 'files deleted once they are sent', breaks: 'deleted-early', climate: 'upstream', mutate: deletedOnceSent },
  { name: 'a file bound without a condition', breaks: 'shared-file', climate: 'fair', mutate: unfencedBind },
  { name: 'no sweep of files left behind', breaks: 'upload-left', climate: 'foul', mutate: noSweep },
];
