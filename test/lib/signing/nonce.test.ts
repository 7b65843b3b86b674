import { describe, expect, it } from 'vitest';
import { nonce, type RandomBytes, randomText } from '../../../lib/signing/nonce.ts';

/** Bytes of a fixed generator (xorshift32), so that a failure can be repeated. */
function seeded(seed: number): RandomBytes {
  let state = seed;
  return (buffer) => {
    for (let index = 0; index < buffer.length; index += 1) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      buffer[index] = state >>> 24;
    }
  };
}

/** Hands out the given bytes, then zeros. */
function listed(bytes: readonly number[]): RandomBytes {
  let at = 0;
  return (buffer) => {
    for (let index = 0; index < buffer.length; index += 1) buffer[index] = bytes[at++] ?? 0;
  };
}

const count = (characters: Iterable<string>): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const character of characters) counts.set(character, (counts.get(character) ?? 0) + 1);
  return counts;
};

function chiSquare(counts: ReadonlyMap<string, number>, total: number): number {
  const expected = total / 62;
  return [...counts.values()].reduce((sum, seen) => sum + (seen - expected) ** 2 / expected, 0);
}

// 0.999 quantile of the chi-square distribution with 61 degrees of freedom.
const critical = 100.89;

describe('nonce', () => {
  it('has exactly 32 letters and digits, and comes once', () => {
    const seen = new Set<string>();
    for (let index = 0; index < 100_000; index += 1) {
      const text = nonce();
      if (!/^[A-Za-z0-9]{32}$/.test(text)) expect.fail(`not a nonce: ${text}`);
      seen.add(text);
    }
    expect(seen.size).toBe(100_000);
  });

  it.each([1, 20_260_105, 0x7fff_ffff])('favours no character (chi-square, seed %i)', (seed) => {
    const text = randomText(620_000, seeded(seed));
    const counts = count(text);
    expect(counts.size).toBe(62);
    expect(chiSquare(counts, text.length), `seed ${seed}`).toBeLessThan(critical);
  });

  it('would favour eight of them without rejection', () => {
    const bytes = new Uint8Array(620_000);
    seeded(1)(bytes);
    const biased = Array.from(bytes, (byte) => String.fromCharCode(48 + (byte % 62)));
    expect(chiSquare(count(biased), biased.length)).toBeGreaterThan(critical);
  });

  it('throws away the bytes from 248 on', () => {
    const rejected = [248, 249, 250, 251, 252, 253, 254, 255];
    const good = Array.from({ length: 32 }, (_, index) => index * 5);
    const expected = nonce(listed(good));
    expect(nonce(listed([...rejected, ...good]))).toBe(expected);
    expect(nonce(listed(good.flatMap((byte) => [byte, 255])))).toBe(expected);
    expect(nonce(listed([...Array<number>(640).fill(250), ...good]))).toBe(expected);
  });

  it('maps the 248 others evenly', () => {
    const all = Array.from({ length: 248 }, (_, byte) => byte);
    const counts = count(randomText(248, listed(all)));
    expect(new Set(counts.values())).toEqual(new Set([4]));
    expect(counts.size).toBe(62);
  });
});
