import type { ObjectStore } from '#signing';
import { sniff } from '../../../lib/media/magic.ts';
import { media, person, type World } from '../../support/world.ts';

/** The bytes of the synthetic media, by the field that carries them. */
export const bytesOfMedia = (field: string): Buffer => Buffer.from(media[field]!.base64, 'base64');

/** A request for face-verify. */
export const face = (orderNo: string, photo: unknown, more: object = {}) => ({ ...person, photo, orderNo, ...more });

/** The same input with each file staged instead of inline; `only` names the fields, else all. */
export async function stagedInput(
  world: World,
  input: Readonly<Record<string, unknown>>,
  only?: readonly string[],
): Promise<Record<string, unknown>> {
  const staged: Record<string, unknown> = { ...input };
  for (const [name, value] of Object.entries(input)) {
    if (typeof value !== 'object' || (only && !only.includes(name))) continue;
    const bytes = Buffer.from((value as { base64: string }).base64, 'base64');
    staged[name] = await world.stage(bytes, sniff(bytes)!);
  }
  return staged;
}

/** Changes what the bucket does; returns how to change it back. */
export function spoil(world: World, change: Partial<ObjectStore>): () => void {
  const { objects } = world.context.staging;
  const before = { ...objects };
  Object.assign(objects, change);
  return () => void Object.assign(objects, before);
}

/** What the bucket throws when it is down. */
export const bucketDown = async (): Promise<never> => {
  throw Object.assign(new Error('SlowDown'), { name: 'SlowDown' });
};

/** Where the upload of a file lies. */
export const uploadOf = ({ mediaId }: { readonly mediaId: string }): string => `uploads/${mediaId}`;
