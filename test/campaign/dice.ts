/** Seeded random choices. */
export interface Dice {
  /** 0 up to, but not including, 1. */
  fraction(): number;
  /** A whole number from `low` to `high`, both possible. */
  between(low: number, high: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  one<T>(choices: readonly T[]): T;
  /** One of the choices, as likely as its weight says. */
  weighted<T>(choices: readonly (readonly [weight: number, choice: T])[]): T;
  /** Fills a buffer. */
  fill(buffer: Uint8Array): void;
  /** Independent dice, so that one part that rolls more does not change what another part gets. */
  fork(name: string): Dice;
}

/** Spreads a text over 32 bits (FNV-1a). */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value >>> 0;
}

/** The dice of a seed (mulberry32): the same rolls everywhere. */
export function dice(seed: number): Dice {
  let state = hash(`${seed}`);
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (low: number, high: number) => low + Math.floor(next() * (high - low + 1));
  return {
    fraction: next,
    between,
    chance: (probability) => next() < probability,
    one: (choices) => choices[between(0, choices.length - 1)]!,
    weighted(choices) {
      let rest = next() * choices.reduce((sum, [weight]) => sum + weight, 0);
      for (const [weight, choice] of choices) {
        rest -= weight;
        if (rest < 0) return choice;
      }
      return choices.at(-1)![1];
    },
    fill(buffer) {
      for (let at = 0; at < buffer.length; at += 1) buffer[at] = between(0, 255);
    },
    fork: (name) => dice(hash(`${seed} ${name}`)),
  };
}
