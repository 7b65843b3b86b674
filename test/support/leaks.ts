/** Where personal values must not be, in any coding. */

/** Something that is searched: what it is called and all that it holds. */
export interface Sink {
  readonly name: string;
  /** Text, bytes, or anything that JSON can hold. */
  readonly data: unknown;
}

/** Personal data where it must not be. */
export interface Leak {
  readonly sink: string;
  readonly value: string;
  readonly coding: string;
}

/** Base64 of a value inside of something longer, `offset` bytes after a group of three: what does not depend on its neighbours. */
function base64At(bytes: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString('base64')
    .replace(/=+$/, '');
  const tainted = (offset + bytes.length) % 3 === 0 ? 0 : 1;
  return text.slice(offset === 0 ? 0 : offset + 1, text.length - tainted);
}

const escaped = (value: string): string =>
  Array.from({ length: value.length }, (_, at) => `\\u${value.charCodeAt(at).toString(16).padStart(4, '0')}`).join('');
const percent = (bytes: Buffer): string => bytes.toString('hex').replace(/../g, '%$&');
const withUpperCase = (text: string): string[] => [...new Set([text, text.toUpperCase()])];
const utf16 = (value: string): Buffer => Buffer.from(value, 'utf16le');

/** A value in every coding that it could hide in. */
export function codingsOf(value: string): readonly (readonly [coding: string, bytes: Buffer])[] {
  const bytes = Buffer.from(value);
  const texts: [string, string[]][] = [
    ['raw', [value]],
    ['json', [escaped(value), escaped(value).replace(/[a-f]/g, (letter) => letter.toUpperCase())]],
    ['url', [encodeURIComponent(value), ...withUpperCase(percent(bytes)).map((text) => text.replaceAll('%U', '%u'))]],
    ['hex', withUpperCase(bytes.toString('hex'))],
    ...[0, 1, 2].map((offset): [string, string[]] => {
      const text = base64At(bytes, offset);
      return [`base64+${offset}`, [text, text.replaceAll('+', '-').replaceAll('/', '_')]];
    }),
  ];
  return [
    ...texts.flatMap(([coding, all]) => all.map((text) => [coding, Buffer.from(text)] as const)),
    ['utf-16le', utf16(value)],
    ['utf-16be', utf16(value).swap16()],
  ];
}

/** Bytes as they are, text as UTF-8, anything else as JSON once and, because texts hold JSON too, its texts as they are. */
function bytesOf(data: unknown): Buffer {
  if (Buffer.isBuffer(data)) return data;
  if (typeof data === 'string') return Buffer.from(data);
  const texts: string[] = [];
  const json = JSON.stringify(data, (_, inner) => {
    if (typeof inner === 'string') texts.push(inner);
    return inner;
  });
  return Buffer.from([json, ...texts].join('\n'));
}

/** Finds values in sinks, in any coding. */
export function leaksOf(sinks: readonly Sink[], values: readonly string[]): Leak[] {
  const needles = values.flatMap((value) => codingsOf(value).map(([coding, bytes]) => ({ value, coding, bytes })));
  return sinks.flatMap(({ name: sink, data }) => {
    const haystack = bytesOf(data);
    const found = needles.filter(({ bytes }) => haystack.includes(bytes));
    return found.map(({ value, coding }) => ({ sink, value, coding }));
  });
}
