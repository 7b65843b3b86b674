import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base64Length, encoded } from '../../../lib/media/base64.ts';

async function* pieces(bytes: Uint8Array, sizes: Iterable<number>): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const size of sizes) {
    if (at >= bytes.length) return;
    yield bytes.subarray(at, at + size);
    at += size;
  }
  if (at < bytes.length) yield bytes.subarray(at);
}

async function encode(bytes: Uint8Array, sizes: Iterable<number>): Promise<string> {
  let text = '';
  for await (const piece of encoded(pieces(bytes, sizes))) text += Buffer.from(piece).toString('latin1');
  return text;
}

describe('base64 of bytes in pieces', () => {
  const bytes = Uint8Array.from({ length: 1_000 }, (_, index) => (index * 37) % 256);

  it.each([1, 2, 3, 4, 5, 64, 999, 1_000, 1_001])('of %i bytes is that of the whole', async (size) => {
    for (const end of [0, 1, 2, 3, 4, 997, 998, 999, 1_000]) {
      const part = bytes.subarray(0, end);
      const sizes = Array.from({ length: Math.ceil(end / size) }, () => size);
      expect(await encode(part, sizes)).toBe(Buffer.from(part).toString('base64'));
    }
  });

  it('of any sizes, none among them, is that of the whole', async () => {
    const sizes = fc.array(fc.nat({ max: 17 }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), sizes, async (given, cuts) => {
        const text = await encode(given, cuts);
        expect(text).toBe(Buffer.from(given).toString('base64'));
        expect(text).toHaveLength(base64Length(given.length));
      }),
      { numRuns: 2_000 },
    );
  });

  it('does not hold on to a piece that its owner writes over', async () => {
    const reused = Buffer.alloc(4);
    async function* source(): AsyncGenerator<Uint8Array> {
      for (const letter of 'abcdef') {
        reused.fill(letter);
        yield reused;
      }
    }
    let text = '';
    for await (const piece of encoded(source())) text += Buffer.from(piece).toString('latin1');
    expect(text).toBe(Buffer.from('aaaabbbbccccddddeeeeffff').toString('base64'));
  });

  it('tells who makes the bytes that nobody wants more', async () => {
    let ended = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Buffer.from('abc');
      } finally {
        ended = true;
      }
    }
    for await (const piece of encoded(source())) {
      expect(Buffer.from(piece).toString()).toBe('YWJj');
      break;
    }
    expect(ended).toBe(true);
  });
});
