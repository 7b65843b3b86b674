import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verbAndPath } from '../../../lib/operation.ts';
import { operations } from '../../../lib/operations/index.ts';
import type { Fault } from '../../../lib/simulator/simulator.ts';
import { createWorld, type Seen, sampleInput, type World } from '../../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.stop());

const creating = operations.filter(({ creates }) => creates);
const faults: [what: string, fault: Fault][] = [
  ['no answer', { kind: 'executed-no-answer' }],
  ['a page of HTML', { kind: 'html', executed: true }],
  ['a reset', { kind: 'reset', executed: true }],
  ['999999', { kind: 'code', code: '999999', executed: true }],
];
const retried = ({ status }: Seen) => status >= 500 || status === 409;

/** A client without any sense: sends the same again, five times. */
async function blindly(name: string, body: object): Promise<number> {
  let repeats = 0;
  for (let answer = await world.post(name, body); repeats < 5 && retried(answer); repeats += 1) {
    world.clock += 1_000;
    answer = await world.post(name, body);
  }
  return repeats;
}

describe('a client that blindly repeats every 5xx and 409', () => {
  const totals = { orders: 0, repeats: 0, extra: 0 };
  afterAll(() => {
    const { orders, repeats, extra } = totals;
    console.log(`blind retries: ${orders} orders, ${repeats} repeats, ${extra} extra charges`);
  });

  it.each(creating.flatMap(({ name }) => faults.map(([what, fault]) => ({ name, what, fault }))))(
    '$name after $what: worked on once',
    async ({ name, fault }) => {
      const operation = creating.find((candidate) => candidate.name === name)!;
      const { path } = verbAndPath(operation.upstream);
      const orderNo = `B${totals.orders}`;
      const { order } = operation;
      if (order.kind === 'continues') {
        const challenge = creating.find((candidate) => candidate.name === order.from)!;
        expect((await world.post(challenge.name, sampleInput(challenge, { orderNo }))).status).toBe(200);
      }
      // Whatever came through again would meet the same fault again.
      world.simulator.configure({ faults: [{ ...fault, path, times: 6 }] });
      const repeats = await blindly(name, sampleInput(operation, { orderNo }));
      world.simulator.configure({ faults: [] });
      const { calls } = world.simulator.books().orders[orderNo]![name]!;
      totals.orders += 1;
      totals.repeats += repeats;
      totals.extra += calls - 1;
      expect(calls).toBe(1);
      // A consent is told by its free query when the caller repeats it; everything else stays unknown.
      expect(repeats).toBe(name === 'consent-record' ? 1 : 5);
    },
  );
});
