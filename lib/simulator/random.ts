/** Random texts in the forms that the upstream's own have. */
import { type RandomBytes, randomText } from '../signing/nonce.ts';
import { upstreamTime } from '../time.ts';

const urlSafe = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

function bytes(count: number, fill: RandomBytes): Uint8Array {
  const buffer = new Uint8Array(count);
  fill(buffer);
  return buffer;
}

/** A number from 0 up to, but not including, 1. */
export const fraction = (fill: RandomBytes): number => Buffer.from(bytes(4, fill)).readUInt32BE() / 2 ** 32;

/** `length` digits. */
export const digits = (length: number, fill: RandomBytes): string =>
  Array.from({ length }, () => Math.floor(fraction(fill) * 10)).join('');

/** Hexadecimal text, lower case, two characters a byte. */
export const hex = (count: number, fill: RandomBytes): string => Buffer.from(bytes(count, fill)).toString('hex');

/** An access token: 90 characters, URL-safe (specification 3.1). */
export const tokenText = (fill: RandomBytes): string => [...bytes(90, fill)].map((byte) => urlSafe[byte & 63]).join('');

/** A ticket: 64 letters and digits (specification 3.2). */
export const ticketText = (fill: RandomBytes): string => randomText(64, fill);

/** A `bizSeqNo` as observed: date, system, four characters, time, eight digits: 32 in all (specification, section 5). */
export function bizSeqNo(now: number, fill: RandomBytes): string {
  const time = upstreamTime(now);
  return `${time.slice(2, 8)}20001184${digits(4, fill)}${time.slice(8)}${digits(8, fill)}`;
}
