import type { Body } from '#signing';

/** The bytes of a body without staged files, or of none. */
export const bytesOf = (body: Body | undefined): Buffer =>
  Buffer.concat([...((body?.chunks() ?? []) as Iterable<Uint8Array>)]);

/** The bytes of any body. */
export async function allBytesOf(body: Body | undefined): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body?.chunks() ?? []) chunks.push(chunk);
  return Buffer.concat(chunks);
}
