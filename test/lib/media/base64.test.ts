import { describe, expect, it } from 'vitest';
import { bare, decodedLength } from '../../../lib/media/base64.ts';

/** Strict base64, as the upstream wants it; too slow and too hungry for media, but right. */
const strict = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)$/;

const slice = 65_536;
const seed = 20_260_105;

/** A small fixed generator (mulberry32), so that a failure can be repeated. */
function generator(from: number): (below: number) => number {
  let state = from;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
// Padding, white space, the URL-safe alphabet, control characters, and letters whose low byte is a base64 letter.
const strangers = [
  '=',
  '==',
  ' ',
  '\n',
  '\r\n',
  '\t',
  '\f',
  '-',
  '_',
  '\0',
  '.',
  ',',
  'Ł',
  'ä',
  '＋',
  '\u2041',
  '\ud83d',
];

describe('strict base64', () => {
  it('is what the slow expression says (100,000 strings)', () => {
    const random = generator(seed);
    let accepted = 0;
    for (let round = 0; round < 100_000; round += 1) {
      let text = '';
      for (let length = random(24); length > 0; length -= 1) text += letters[random(64)];
      if (random(2)) text = text.slice(0, text.length - (text.length % 4));
      if (random(3) === 0) text = Buffer.from(text).toString('base64');
      for (let wrongs = random(3); wrongs > 0; wrongs -= 1) {
        const at = random(2) ? text.length : random(text.length + 1);
        text = text.slice(0, at) + strangers[random(strangers.length)]! + text.slice(at + random(2));
      }
      const right = strict.test(text);
      if (right) accepted += 1;
      const length = decodedLength(text);
      const expected = right ? Buffer.from(text, 'base64').length : null;
      if (length !== expected) expect.fail(`seed ${seed}: ${JSON.stringify(text)} has ${length}, not ${expected}`);
    }
    // Both sides were tried often enough to mean something.
    expect(accepted).toBeGreaterThan(20_000);
    expect(accepted).toBeLessThan(80_000);
  });

  it.each([
    '',
    '=',
    '==',
    '====',
    'A',
    'AA',
    'AAA',
    'A===',
    'AA=A',
    'AA==AAAA',
    '=AAA',
    'AAA=AAA=',
    'AAAA====',
    'AAAAA',
    'AA= ',
    'AA A',
    'A\nAA',
    'AA-_',
    '@@@@not base64!!!!',
    '样本样本',
    'ŁŁŁŁ',
  ])('is not %j', (text) => {
    expect(decodedLength(text)).toBeNull();
  });

  it.each([
    ['AA==', 1],
    ['AAA=', 2],
    ['AAAA', 3],
    ['+/+/', 3],
    ['AAAAAA==', 4],
  ])('%s stands for %i bytes', (text, bytes) => {
    expect(decodedLength(text)).toBe(bytes);
  });

  it.each([slice - 4, slice, slice + 4, 2 * slice, 2 * slice + 8])('has no blind spot in %i characters', (length) => {
    const good = 'Q'.repeat(length);
    expect(decodedLength(good)).toBe((length / 4) * 3);
    expect(decodedLength(`${good.slice(2)}==`)).toBe((length / 4) * 3 - 2);
    const edges = [0, 1, slice - 2, slice - 1, slice, slice + 1, length - 5, length - 1];
    for (const at of edges.filter((edge) => edge < length)) {
      for (const wrong of [' ', '\n', '-', '=', 'Ł', '\0']) {
        // Padding may stand at the very end.
        if (wrong === '=' && at === length - 1) continue;
        const text = good.slice(0, at) + wrong + good.slice(at + 1);
        expect(decodedLength(text), `${JSON.stringify(wrong)} at ${at}`).toBeNull();
      }
      const padded = `${good.slice(0, Math.max(0, at - 1))}==${good.slice(at + 1)}`;
      if (at < length - 1) expect(decodedLength(padded), `== at ${at}`).toBeNull();
    }
  });

  it('may be 20 MB long', () => {
    const text = 'Q'.repeat(20 * 1024 * 1024);
    const startedAt = performance.now();
    expect(decodedLength(text)).toBe(15_728_640);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(decodedLength(`${text.slice(0, -1)}!`)).toBeNull();
  });
});

describe('bare', () => {
  it.each([
    ['AAAA', 'AAAA'],
    ['data:image/jpeg;base64,AAAA', 'AAAA'],
    ['data:image/png;name=a.png;base64,AA==', 'AA=='],
    ['data:;base64,AAAA', 'AAAA'],
    ['AA\r\nAA', 'AAAA'],
    [' \tAA AA\n', 'AAAA'],
    ['data:image/jpeg;base64,AA\nAA', 'AAAA'],
    ['', ''],
  ])('%j is %j', (text, expected) => {
    expect(bare(text)).toBe(expected);
  });

  it.each(['data:image/jpeg,AAAA', 'data:AAAA', 'xdata:image/jpeg;base64,AAAA', `data:${'x'.repeat(200)};base64,AAAA`])(
    '%j is left as it is, and refused',
    (text) => {
      expect(bare(text)).toBe(text);
      expect(decodedLength(bare(text))).toBeNull();
    },
  );

  it('takes 20 MB with a line break every 76 characters', () => {
    const line = 'Q'.repeat(76);
    const startedAt = performance.now();
    expect(bare(Array<string>(200_000).fill(line).join('\r\n'))).toHaveLength(15_200_000);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});
