import { expect, it } from 'vitest';
import { mutateAnswers } from '../lib/flow/mutations.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));

it('50,000 mutated answers: nothing is claimed that is not known', async () => {
  const { verdicts, complaints } = await mutateAnswers(50_000, seed);
  console.log(`50,000 mutated answers: seed ${seed} (SEED=${seed} repeats it), ${JSON.stringify(verdicts)}`);
  expect(complaints).toEqual([]);
});
