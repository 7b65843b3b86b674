/** What tests and benchmarks do with a whole stage over HTTP. */
import { createCipheriv, createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Answered, type Client, marked, sample, typeOf } from '../../infra/local/demo-client.ts';
import { launch } from '../../infra/local/launch.ts';
import type { ProfileName } from '../../lib/operation.ts';
import { assembledOnce } from './assembled.ts';
import { type Answers, startStandIn, type WireRequest } from './stand-in.ts';

/** A synthetic person, whose ID card and licences the simulator reads. */
export const subject = { name: '样本甲', idNo: '990101199001010019', userId: 'stageuser1' };

const address = '标记市标记街77号';
/** What the simulator reads from the documents, by specimen. */
const markers = {
  'id-card-portrait.jpg': `address=${address}`,
  'bank-card.jpg': 'cardNo=6222770077007700770',
  'driver-license.jpg': `address=${address}`,
  'vehicle-license-main.jpg': `address=${address} plateNo=京A77077 vin=LMARKED0000000077 engineNo=MARK7707`,
  'vehicle-license-supplementary.jpg': 'fileNumber=770000000077',
} as const;
/** Personal values of {@link sevenChecks}, which have no place outside the bucket. */
export const personalValues: readonly string[] = [
  subject.name,
  subject.idNo,
  address,
  ...'6222770077007700770 京A77077 LMARKED0000000077 MARK7707 770000000077'.split(' '),
];

/** A JPEG of exactly so many bytes; no two parts of it are alike, so that none can be lost or swapped unseen. */
export function jpegOf(size: number): Buffer {
  const picture = sample('face.jpg');
  const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16));
  return Buffer.concat([picture, noise.update(Buffer.alloc(size - picture.length))]);
}

/** Stages a specimen, with a marker for the simulator or without. */
export const stageSample = (client: Client, name: string, marker?: string) =>
  client.upload(marker === undefined ? sample(name) : marked(sample(name), marker), typeOf(name));

/**
 * Runs a verification of all seven checks. What it needs is uploaded and asked for before: the answer's `ms` are from
 * the plan to the decision.
 */
export async function sevenChecks(client: Client): Promise<Answered> {
  const { name, idNo } = subject;
  const document = (file: keyof typeof markers) => stageSample(client, file, markers[file]);
  const [challenge, agreement, portrait, emblem, face, video, bankCard, driverLicense, main, supplementary] =
    await Promise.all([
      client.call('POST', '/v1/liveness/challenge', { name, idNo }),
      stageSample(client, 'agreement.pdf'),
      document('id-card-portrait.jpg'),
      stageSample(client, 'id-card-emblem.jpg'),
      stageSample(client, 'face.jpg'),
      stageSample(client, 'digits-video.mp4'),
      document('bank-card.jpg'),
      document('driver-license.jpg'),
      document('vehicle-license-main.jpg'),
      document('vehicle-license-supplementary.jpg'),
    ]);
  return client.verify({
    subject,
    checks: {
      consent: { agreement },
      idCard: { portrait, emblem },
      face: { photo: face },
      liveness: { orderNo: challenge.body.orderNo, video },
      bankCard: { photo: bankCard },
      driverLicense: { photo: driverLicense },
      vehicleLicense: { main, supplementary },
    },
  });
}

/** Keys of the objects in a bucket of a stage, as they lie on disk in its data folder. */
export function keysOnDisk(data: string, bucket: string): string[] {
  const folder = join(data, 's3', bucket);
  const records = readdirSync(folder).filter((file) => file.endsWith('.json'));
  return records.map((file) => (JSON.parse(readFileSync(join(folder, file), 'utf8')) as { key: string }).key);
}

/**
 * Expects that the latest call came with a body of known length, and that these fields hold exactly these bytes. Texts of
 * 20 MB are compared without being shown.
 */
export function expectOnTheWire(calls: readonly WireRequest[], fields: Readonly<Record<string, Buffer>>): void {
  const { headers, length, body } = calls.at(-1)!;
  expect(headers).toMatchObject({ 'content-type': 'application/json', 'content-length': String(length) });
  expect(headers).not.toHaveProperty('transfer-encoding');
  const digest = (text: unknown): string => createHash('sha256').update(String(text)).digest('hex');
  for (const [field, bytes] of Object.entries(fields)) {
    const base64 = bytes.toString('base64');
    expect([field, String(body![field]).length]).toEqual([field, base64.length]);
    expect([field, digest(body![field])]).toEqual([field, digest(base64)]);
  }
}

/** Starts a stage of the deployed bundles against a stand-in for the upstream, in a folder that is gone afterwards. */
export async function startOnStandIn(profile: ProfileName, answers: Answers) {
  const [appId, appSecret] = ['TIDA0099', 'synthetic secret/+&='];
  const folder = mkdtempSync(join(tmpdir(), 'signet-stage-'));
  const standIn = await startStandIn(appId, appSecret, answers);
  let stopStage = async () => {};
  const stop = async () => {
    await stopStage();
    await standIn.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const options = { port: 0, data: folder, profile, simulated: false, upstreamUrl: standIn.url, verbose: false };
    const launched = await launch({ ...options, appId, appSecret }, () => {}, undefined, assembledOnce);
    stopStage = launched.stop;
    const data = join(folder, readdirSync(folder)[0]!);
    const { url, stage } = launched;
    const stored = () => keysOnDisk(data, stage.buckets[0]!);
    return { url, stage, standIn, stored, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
