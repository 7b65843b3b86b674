import type { MediaType } from '../fields/limits.ts';

/** The first bytes that give a file type away; `offset` is where they stand. */
const signatures: readonly { type: MediaType; offset: number; bytes: readonly number[] }[] = [
  { type: 'image/jpeg', offset: 0, bytes: [0xff, 0xd8, 0xff] },
  { type: 'image/png', offset: 0, bytes: [0x89, 0x50, 0x4e, 0x47] },
  { type: 'image/bmp', offset: 0, bytes: [0x42, 0x4d] },
  { type: 'application/pdf', offset: 0, bytes: [0x25, 0x50, 0x44, 0x46] },
  { type: 'video/mp4', offset: 4, bytes: [0x66, 0x74, 0x79, 0x70] },
];

/** How many first bytes `sniff` needs. */
export const sniffLength = 12;

/** The type of a file by its first bytes, or null when it is none that Signet takes. */
export function sniff(head: Uint8Array): MediaType | null {
  const found = signatures.find(({ offset, bytes }) => bytes.every((byte, index) => head[offset + index] === byte));
  return found?.type ?? null;
}
