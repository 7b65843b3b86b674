import { randomFillSync } from 'node:crypto';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
// The largest multiple of 62 below 256: bytes from here on are thrown away, so that no letter is likelier than another.
const fair = 256 - (256 % alphabet.length);

/** Fills a buffer with random bytes. */
export type RandomBytes = (buffer: Uint8Array) => void;

/**
 * `length` random letters and digits without modulo bias.
 * A nonce has exactly 32 (specification, section 5) and is fresh for every request, repeats included.
 */
export function randomText(length: number, fill: RandomBytes = randomFillSync): string {
  let text = '';
  const bytes = new Uint8Array(length * 2);
  while (text.length < length) {
    fill(bytes);
    for (const byte of bytes) {
      if (byte < fair && text.length < length) text += alphabet[byte % alphabet.length];
    }
  }
  return text;
}

/** A fresh nonce. */
export const nonce = (fill?: RandomBytes): string => randomText(32, fill);
