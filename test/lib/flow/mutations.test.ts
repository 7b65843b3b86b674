import { expect, it } from 'vitest';
import { mutateAnswers } from './mutations.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));

it('2,000 mutated answers: nothing is claimed that is not known', async () => {
  const { verdicts, complaints } = await mutateAnswers(2_000, seed);
  console.log(`mutated answers: seed ${seed} (SEED=${seed} repeats it), ${JSON.stringify(verdicts)}`);
  expect(complaints).toEqual([]);
  for (const verdict of ['positive', 'negative', 'refused', 'unknown', 'not-processed']) {
    expect(verdicts[verdict], verdict).toBeGreaterThan(0);
  }
});
