/** The calls of the demo: every operation with specimen media, inline or staged. */
import { randomUUID } from 'node:crypto';
import { limitOf, type Operation, type ProfileName, verbAndPath } from '../../lib/operation.ts';
import { operations } from '../../lib/operations/index.ts';
import { type Answered, type Client, enlarged, sample } from './demo-client.ts';
import { specimenPerson } from './demo-verifications.ts';

const file = (name: string) => ({ base64: sample(name).toString('base64') });
const { userId, ...person } = specimenPerson;
const source = () => ({ sourcePhoto: file('face-source.png'), sourcePhotoType: 'hd' });

/** What the demo sends: synthetic people and specimen files, by operation. */
const inputs: Readonly<Record<string, () => Record<string, unknown>>> = {
  'face-verify': () => ({ ...person, photo: file('face.jpg') }),
  'face-compare': () => ({ ...person, photo: file('face.jpg'), ...source() }),
  'face-compare-group': () => ({ ...person, photo: file('group.jpg'), ...source() }),
  'liveness-challenge': () => person,
  'liveness-verify': () => ({ ...person, video: file('digits-video.mp4') }),
  'video-best-photos': () => ({ video: file('digits-video.mp4') }),
  'consent-record': () => ({ ...person, userId, agreement: file('agreement.pdf') }),
  'consent-check': () => ({ ...person, userId }),
  'id-card-ocr': () => ({ side: 'portrait', photo: file('id-card-portrait.jpg'), withNativePlace: true }),
  'bank-card-ocr': () => ({ photo: file('bank-card.jpg') }),
  'driver-license-ocr': () => ({ photo: file('driver-license.jpg'), businessScene: 'account-opening' }),
  'vehicle-license-ocr': () => ({ photo: file('vehicle-license-main.jpg') }),
};

/** An operation by its name. */
export const named = (name: string): Operation | undefined => operations.find((operation) => operation.name === name);

/** One call and its answer. */
export interface Shown extends Answered {
  readonly operation: Operation;
  readonly request: { readonly method: string; readonly path: string; readonly body?: unknown };
}

/** Whether an operation went as documented: its positive outcome, every value understood. */
export const asDocumented = ({ operation, status, body }: Shown): boolean =>
  status === 200 && body.outcome === operation.outcome && body.result.unparsed === undefined;

/** Calls operations one after the other; it remembers the order numbers that later ones need. */
export function createCaller(client: Client): (operation: Operation) => Promise<Shown> {
  const orderNos = new Map<string, string>();
  return async function call(operation) {
    const { name, order, route } = operation;
    const { method, path } = verbAndPath(route);
    const earlier = order.kind === 'continues' ? order.from : order.kind === 'reads' ? order.of : undefined;
    if (earlier !== undefined && !orderNos.has(earlier)) await call(named(earlier)!);
    const orderNo = earlier === undefined ? randomUUID().replaceAll('-', '') : orderNos.get(earlier)!;
    orderNos.set(name, orderNo);
    const body = method === 'GET' ? undefined : { ...(operation.creates ? { orderNo } : {}), ...inputs[name]?.() };
    const target = path.replace('{orderNo}', orderNo);
    return { operation, request: { method, path: target, body }, ...(await client.call(method, target, body)) };
  };
}

/** A call with a staged photo, and how large the photo was. */
export interface Staged extends Shown {
  readonly bytes: number;
  readonly uploadMs: number;
}

/** Reads an ID card from a staged photo of the largest size that the profile takes. */
export async function callWithLargestPhoto(client: Client, profile: ProfileName): Promise<Staged> {
  const operation = named('id-card-ocr')!;
  const { base64, raw = Number.POSITIVE_INFINITY } = limitOf(operation, 'photo', profile);
  const photo = enlarged(sample('id-card-portrait.jpg'), Math.min(raw, Math.floor(base64 / 4) * 3));
  const startedAt = performance.now();
  const staged = await client.upload(photo, 'image/jpeg');
  const uploadMs = Math.round(performance.now() - startedAt);
  const { method, path } = verbAndPath(operation.route);
  const body = { orderNo: randomUUID().replaceAll('-', ''), side: 'portrait', photo: staged };
  const answered = await client.call(method, path, body);
  return { operation, request: { method, path, body }, ...answered, bytes: photo.length, uploadMs };
}
