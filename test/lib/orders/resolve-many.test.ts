import { describe, expect, it } from 'vitest';
import { type UpstreamClient, UpstreamFailure, type UpstreamRequest } from '#signing';
import { type OrderRecord, terminal } from '../../../lib/orders/record.ts';
import { marked, type Seen } from '../../support/world.ts';
import { createResolvingWorld, type ResolvingWorld, slugOf } from './resolving.ts';
import { seeded } from './seeded.ts';

const documents = ['id-card-ocr', 'bank-card-ocr', 'driver-license-ocr', 'vehicle-license-ocr'];

/** What the record of an ended order says must be what the upstream's books say. */
function agrees(record: OrderRecord, charged: number): boolean {
  if (!terminal.has(record.state)) return false;
  if (record.state === 'succeeded') return charged === (record.billed === 'yes' ? 1 : 0);
  if (record.state === 'unresolved') return record.billed === 'unknown' && charged <= 1;
  return record.billed === 'no' && charged === 0;
}

const chargedFor = (world: ResolvingWorld, orderNo: string): number =>
  world.booked(orderNo).reduce((sum, { charged }) => sum + charged, 0);

it('500 document orders, a fifth of the answers dropped: each ends as the upstream has it in its books', async () => {
  const { random, seed } = seeded(20_260_105);
  const world = await createResolvingWorld();
  const orders = Array.from({ length: 500 }, (_, index) => {
    const roll = random();
    // Worked on and not answered; not worked on and not answered; refused for the picture; fine.
    const wish = roll < 0.2 ? 'fault=silence executed=1' : roll < 0.25 ? 'fault=silence' : roll < 0.3 ? 'bad' : '';
    return { orderNo: `M${index}`, name: documents[Math.floor(random() * 4)]!, wish };
  });
  const refusals: Record<string, string> = { 'id-card-ocr': '66661008', 'bank-card-ocr': '-9011' };
  const photoOf = ({ name, wish }: (typeof orders)[number]) =>
    marked(wish === 'bad' ? `code=${refusals[name] ?? '-9002'}` : wish || 'none=1');
  // Queries lose their answers as well.
  world.before = ({ path }) => {
    if (/Result|result/.test(path) && random() < 0.2) throw new UpstreamFailure('timeout', 'DEADLINE');
  };
  const answers: Seen[] = [];
  for (const order of orders) {
    answers.push(await world.buy(order.name, order.orderNo, { photo: photoOf(order) }));
    if (answers.length % 100 === 0) await world.pass(1);
  }
  const lost = orders.filter(({ wish }) => wish.startsWith('fault'));
  expect(lost.length, `seed ${seed}`).toBeGreaterThan(75);
  await world.pass(10);
  world.before = undefined;

  const ends: Record<string, number> = {};
  for (const { orderNo, name, wish } of orders) {
    const record = await world.record(orderNo);
    expect(agrees(record, chargedFor(world, orderNo)), `seed ${seed}: ${name} ${orderNo} ${record.state}`).toBe(true);
    const dropped = wish.startsWith('fault') ? `${record.state} after a lost answer` : record.state;
    ends[dropped] = (ends[dropped] ?? 0) + 1;
  }
  expect(Object.keys(ends).sort(), `seed ${seed}`).toEqual([
    'not-charged after a lost answer',
    'rejected',
    'succeeded',
    'succeeded after a lost answer',
    'unresolved after a lost answer',
  ]);
  console.log(
    `seed ${seed}: ${orders.length} orders, ${lost.length} without an answer: ${JSON.stringify(ends)}, 0 against the books`,
  );
  // Asked again, every order says the same as its record, and nothing is bought.
  const before = world.simulator.books().charged;
  for (const order of lost.slice(0, 20)) {
    const { state } = await world.record(order.orderNo);
    const { status, body } = await world.buy(order.name, order.orderNo, { photo: photoOf(order) });
    const said = status === 200 ? 'succeeded' : slugOf(body).replace('order-', '');
    expect(said, `seed ${seed}`).toBe(state);
  }
  expect(world.simulator.books().charged).toEqual(before);
  await world.stop();
}, 60_000);

/** An upstream that does not answer uploads, and works on them later: after the seconds that `delay` says, or never. */
function lateUpstream(world: ResolvingWorld, delay: () => number | null) {
  const { upstream } = world.context;
  const real: UpstreamClient['send'] = upstream.send;
  const waiting: { at: number; request: UpstreamRequest }[] = [];
  upstream.send = async (request) => {
    if (!request.path.includes('upload')) return real(request);
    const seconds = delay();
    if (seconds !== null) waiting.push({ at: world.clock + seconds * 1000, request });
    throw new UpstreamFailure('timeout', 'DEADLINE');
  };
  /** Works on what has come by now. */
  return async () => {
    const due = waiting.filter(({ at }) => at <= world.clock);
    for (const entry of due) {
      waiting.splice(waiting.indexOf(entry), 1);
      await real(entry.request);
    }
  };
}

describe('IDM-8: an upstream that works on a request long after it was given up', () => {
  it('100 orders, 0 to 240 s late or never: none is called not charged that was charged', async () => {
    const { random, seed } = seeded(20_260_105);
    const world = await createResolvingWorld();
    const arrive = lateUpstream(world, () => (random() < 0.2 ? null : random() * 240));
    const numbers = Array.from({ length: 100 }, (_, index) => `L${index}`);
    for (const orderNo of numbers) {
      world.clock += Math.floor(random() * 1_000);
      await world.buy('driver-license-ocr', orderNo);
    }
    for (let step = 0; step < 120; step += 1) {
      world.clock += 5_000;
      await arrive();
      if (step % 12 === 0) await world.tick();
    }
    const states: Record<string, number> = {};
    for (const orderNo of numbers) {
      const record = await world.record(orderNo);
      states[record.state] = (states[record.state] ?? 0) + 1;
      const charged = chargedFor(world, orderNo);
      expect([record.state, charged], `seed ${seed}: ${orderNo}`).toEqual(
        charged === 1 ? ['succeeded', 1] : ['not-charged', 0],
      );
    }
    console.log(
      `seed ${seed}: ${numbers.length} orders worked on up to 240 s late, or never: ${JSON.stringify(states)}`,
    );
    expect(Object.keys(states), `seed ${seed}`).toHaveLength(2);
    await world.stop();
  }, 30_000);
});
