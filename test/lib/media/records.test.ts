import { describe, expect, it } from 'vitest';
import { type Holder, type MediaRecords, mediaRecords, type NewMedia } from '../../../lib/media/records.ts';
import { createLedger } from '../../../lib/orders/ledger.ts';
import { fromItem } from '../../../lib/store/attributes.ts';
import { useTable } from '../orders/table.ts';

const table = useTable();
const start = Date.parse('2026-01-05T02:00:00Z');
let clock = start;
const now = () => clock;
const records = (client = table.client): MediaRecords => mediaRecords(client, table.name, now);

let made = 0;
const media = (more: Partial<NewMedia> = {}): NewMedia => {
  made += 1;
  const mediaId = `m${String(made).padStart(31, '0')}`;
  return { mediaId, caller: 'alice', contentType: 'image/jpeg', size: 100, createdAt: start, ...more };
};
async function staged(): Promise<string> {
  const file = media();
  expect(await records().create(file)).toBe(true);
  return file.mediaId;
}
const item = async (mediaId: string) => fromItem((await table.item(`media#${mediaId}`))!);
const [one, two]: Holder[] = ['order#A1', 'order#A2'];
const etag = '"etag-1"';

describe('a record', () => {
  it('holds what was granted, for two days', async () => {
    const file = media();
    expect(await records().read(file.mediaId)).toBeNull();
    expect(await records().create(file)).toBe(true);
    expect(await records().read(file.mediaId)).toMatchObject(file);
    expect(await item(file.mediaId)).toEqual({
      orderNo: `media#${file.mediaId}`,
      caller: 'alice',
      contentType: 'image/jpeg',
      size: 100,
      createdAt: start,
      ttl: (start + 2 * 86_400_000) / 1000,
      version: 1,
    });
  });

  it('is not made over another', async () => {
    const file = media();
    await records().create(file);
    expect(await records().create({ ...file, caller: 'mallory' })).toBe(false);
    expect(await records().read(file.mediaId)).toMatchObject({ caller: 'alice' });
  });

  it('is no order, and no order is one', async () => {
    const mediaId = await staged();
    const ledger = createLedger(table.client, table.name, now);
    expect(await ledger.read(mediaId)).toBeNull();
    await records().bind(mediaId, one!, etag);
    expect((await ledger.due(clock + 86_400_000, 10)).keys).toEqual([]);
  });
});

describe('binding', () => {
  it('is for one holder, who may repeat it', async () => {
    const mediaId = await staged();
    expect(await records().bind(mediaId, one!, etag)).toBe(true);
    expect(await records().bind(mediaId, one!, etag)).toBe(true);
    expect(await records().bind(mediaId, two!, etag)).toBe(false);
    expect(await records().bind(mediaId, 'verification#A1', etag)).toBe(false);
    expect(await records().read(mediaId)).toMatchObject({ boundTo: one, etag });
  });

  it('pins the object that was looked at', async () => {
    const mediaId = await staged();
    await records().bind(mediaId, one!, etag);
    expect(await records().bind(mediaId, one!, '"etag-2"')).toBe(false);
    await records().release(mediaId, one!);
    expect(await records().bind(mediaId, two!, '"etag-2"')).toBe(false);
    expect(await records().bind(mediaId, two!, etag)).toBe(true);
  });

  it('is refused for a file that nobody knows', async () => {
    expect(await records().bind('x'.repeat(32), one!, etag)).toBe(false);
    expect(await table.item(`media#${'x'.repeat(32)}`)).toBeUndefined();
  });

  it('of many at once leaves exactly one', async () => {
    for (let round = 0; round < 5; round += 1) {
      const mediaId = await staged();
      const holders = Array.from({ length: 20 }, (_, index): Holder => `order#R${round}x${index}`);
      const bound = await Promise.all(holders.map((holder) => records().bind(mediaId, holder, etag)));
      expect(bound.filter(Boolean)).toHaveLength(1);
      expect((await records().read(mediaId))!.boundTo).toBe(holders[bound.indexOf(true)]);
    }
  });

  it('of one holder many times at once is fine, unless the object was swapped meanwhile', async () => {
    const mediaId = await staged();
    const etags = Array.from({ length: 20 }, (_, index) => `"etag-${index % 2}"`);
    const bound = await Promise.all(etags.map((seen) => records().bind(mediaId, one!, seen)));
    const pinned = (await records().read(mediaId))!.etag;
    expect(bound).toEqual(etags.map((seen) => seen === pinned));
  });

  it('succeeds when the SDK repeats the write', async () => {
    const mediaId = await staged();
    expect(await records(table.repeating).bind(mediaId, one!, etag)).toBe(true);
    await records(table.repeating).release(mediaId, one!);
    expect((await records().read(mediaId))!.boundTo).toBeUndefined();
  });
});

describe('releasing', () => {
  it('gives a file to the next holder, and is nothing to anybody else', async () => {
    const mediaId = await staged();
    await records().bind(mediaId, one!, etag);
    await records().release(mediaId, two!);
    expect((await records().read(mediaId))!.boundTo).toBe(one);
    await records().release(mediaId, one!);
    expect(await item(mediaId)).not.toHaveProperty('pending');
    expect(await item(mediaId)).not.toHaveProperty('nextQueryAt');
    expect(await records().bind(mediaId, two!, etag)).toBe(true);
    await records().release(mediaId, one!);
    expect((await records().read(mediaId))!.boundTo).toBe(two);
  });

  it('of a version that is no longer the one of the record is nothing', async () => {
    const mediaId = await staged();
    const { version } = (await records().read(mediaId))!;
    await records().bind(mediaId, one!, etag);
    await records().bind(mediaId, one!, etag);
    await records().release(mediaId, one!, version + 1);
    expect((await records().read(mediaId))!.boundTo).toBe(one);
    await records().release(mediaId, one!, version + 2);
    expect((await records().read(mediaId))!.boundTo).toBeUndefined();
  });
});

describe('what is due', () => {
  it('is a bound file after 45 seconds, later when told so, and never once it is deleted', async () => {
    clock = start + 3_600_000;
    const due = async () => (await records().due(clock, 100)).keys;
    // What other tests have left.
    for (const mediaId of await due()) await records().lookAgain(mediaId, 'never');
    const mediaId = await staged();
    expect(await due()).toEqual([]);
    await records().bind(mediaId, one!, etag);
    clock += 44_999;
    expect(await due()).toEqual([]);
    clock += 1;
    expect(await due()).toEqual([mediaId]);
    await records().lookAgain(mediaId, clock + 60_000);
    expect(await due()).toEqual([]);
    clock += 60_000;
    expect(await due()).toEqual([mediaId]);
    await records().lookAgain(mediaId, 'never');
    clock += 86_400_000;
    expect(await due()).toEqual([]);
    await records().lookAgain(mediaId, clock);
    expect(await due()).toEqual([]);
    expect((await records().read(mediaId))!.boundTo).toBe(one);
  });

  it('comes page by page', async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, staged));
    for (const id of ids) await records().bind(id, one!, etag);
    clock += 45_000;
    const first = await records().due(clock, 3);
    const second = await records().due(clock, 3, first.next);
    expect([...first.keys, ...second.keys].sort()).toEqual([...ids].sort());
    expect(first.keys).toHaveLength(3);
  });
});
