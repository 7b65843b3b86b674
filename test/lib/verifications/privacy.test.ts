import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localStage } from '../../../infra/stages.ts';
import { codingsOf, leaksOf, type Sink } from '../../support/leaks.ts';
import { createVerifier, everything, marks, personal, somebody, type Verifier } from '../../support/verification.ts';
import { sinksOf } from '../../support/verification-sinks.ts';
import { createWorld, type World } from '../../support/world.ts';

let world: World;
let verifier: Verifier;
let sinks: readonly Sink[];
beforeAll(async () => {
  const { approval } = localStage({ profile: 'tencentcloud', appId: 'TIDATEST' });
  world = await createWorld({ policy: { approval } });
  verifier = createVerifier(world);
  // One that keeps its files, because a person is to look at it.
  const plan = await verifier.plan({ ...everything, fallback: {}, portrait: { multiWarning: '01000000' } });
  const { id } = await verifier.verify(plan);
  await verifier.show(id, { results: 'true' });
  sinks = await sinksOf(world, verifier);
});
afterAll(() => world.stop());

/** Which objects of the bucket hold a value: the names of those that are sealed, and of folders of the others. */
const inBucket = (value: string): string[] => {
  const objects = [...world.bucket].map(([name, data]) => ({ name, data }));
  const keys = leaksOf(objects, [value]).map(({ sink }) => sink.split('/'));
  return [...new Set(keys.map(([folder, ...rest]) => (folder === 'sealed' ? rest.at(-1)! : folder!)))].sort();
};

describe('personal values', () => {
  it('are in no record, log line, event or execution', () => {
    expect(leaksOf(sinks, personal)).toEqual([]);
    for (const { name, data } of sinks) expect([name, JSON.stringify(data).length > 80]).toEqual([name, true]);
  });

  it('are in the bucket, where they end by themselves', () => {
    const documents = ['driver-license', 'id-card-portrait'];
    // What the simulator is to read stands in the files.
    expect(inBucket(somebody.idNo)).toEqual([...documents, 'plan', 'uploads']);
    expect(inBucket(somebody.name)).toEqual([...documents, 'plan', 'uploads', 'vehicle-license-main']);
    expect(inBucket(marks.address)).toEqual([...documents, 'uploads', 'vehicle-license-main']);
    expect(inBucket(marks.cardNo)).toEqual(['bank-card', 'uploads']);
    for (const mark of [marks.photo, marks.video, marks.agreement]) expect(inBucket(mark)).toEqual(['uploads']);
  });

  it('would be found in every sink', () => {
    const found = sinks.map(({ name, data }, index) => {
      const value = personal[index % personal.length]!;
      const planted = { name, data: [data, { deep: [`before ${value} after`] }] };
      return leaksOf([planted], personal).map((leak) => [leak.sink, leak.value]);
    });
    expect(found.map((leaks) => leaks[0])).toEqual(
      sinks.map(({ name }, index) => [name, personal[index % personal.length]]),
    );
  });

  it.each(personal)('would be found in every coding: %s', (value) => {
    const around = (bytes: Buffer) => Buffer.concat([Buffer.from('{"x":"'), bytes, Buffer.from('"}')]);
    const json = Array.from(value, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
    const written: [string, Buffer][] = [
      ['raw', Buffer.from(value)],
      ['json', Buffer.from(json)],
      ['url', Buffer.from(encodeURIComponent(value))],
      ['hex', Buffer.from(Buffer.from(value).toString('hex'))],
      ...['', 'a', 'ab'].map((before): [string, Buffer] => [
        `base64+${before.length}`,
        Buffer.from(Buffer.from(`${before}${value}zz`).toString('base64')),
      ]),
      ['utf-16le', Buffer.from(value, 'utf16le')],
      ['utf-16be', Buffer.from(value, 'utf16le').swap16()],
    ];
    for (const [coding, bytes] of written) {
      expect(leaksOf([{ name: 'log', data: around(bytes) }], [value])).toContainEqual({ sink: 'log', value, coding });
    }
    expect(new Set(codingsOf(value).map(([coding]) => coding))).toEqual(new Set(written.map(([coding]) => coding)));
  });
});

describe('the state machine', () => {
  it('gets codes from its functions, and nothing else', () => {
    const answers = verifier.runs.flatMap(({ seen }) => seen).filter(({ what }) => what.endsWith(' result'));
    const keys = answers.map(({ what, data }) => [what, Object.keys((data as { Payload: object }).Payload)] as const);
    expect(keys.length).toBeGreaterThan(9);
    for (const [what, found] of keys) {
      const ofStep = ['step', 'orderNo', 'status', 'outcome', 'reason', 'billed', 'again'];
      expect([what, found]).toEqual([
        what,
        what === 'Decide result' ? ['verificationId', 'status', 'verdict'] : ofStep,
      ]);
    }
  });

  it('shows no state as much as 2 KB', () => {
    const largest = Math.max(
      ...verifier.runs.flatMap(({ seen }) => seen.map(({ data }) => JSON.stringify(data).length)),
    );
    expect(largest).toBeGreaterThan(250);
    expect(largest).toBeLessThan(2048);
  });
});
