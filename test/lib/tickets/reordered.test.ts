import { expect, it } from 'vitest';
import { checkReordered, staleWithoutCare } from './reordered.ts';

it('R2 answers in another order: no older ticket ever replaces a newer one', { timeout: 60_000 }, async () => {
  const seed = 20_260_105;
  const { orders, tokens, moves } = await checkReordered(500, seed);
  console.log(
    `seed ${seed}: ${orders} orders of answers, ${tokens} tokens, ${moves} replaced tickets, 0 stale over newer`,
  );
  expect(orders).toBe(1_000);
  // Without a lease they do get in each other's way.
  expect(tokens).toBeGreaterThan(1_300);
});

it('which would happen all the time if they only stored what they have got', { timeout: 60_000 }, async () => {
  expect(await staleWithoutCare(200, 20_260_105)).toBeGreaterThan(20);
});
