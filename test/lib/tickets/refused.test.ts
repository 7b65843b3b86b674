import { afterAll, beforeAll, expect, it } from 'vitest';
import { createWorld, media, person, type World } from '../../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.stop());

const orders = Array.from({ length: 200 }, (_, number) => `R${number}`);
const post = (orderNo: string) => world.post('face-verify', { ...person, photo: media.photo, orderNo });
const tokenCalls = () => world.sent.filter(({ path }) => path.startsWith('/api/oauth2/access_token')).length;
const charged = () => world.simulator.books().charged;

it('200 operations refused at once for a bad ticket cause one refresh, and succeed with the same order after it', async () => {
  // Somebody else fetches a token: the ticket in force dies within a minute.
  const query = 'app_id=TIDATEST&secret=synthetic-app-secret&grant_type=client_credential&version=1.0.0';
  const url = `/api/oauth2/access_token?${query}`;
  await world.simulator.handle({ method: 'GET', url, headers: {}, body: new Uint8Array() });
  world.clock += 61_000;
  const before = tokenCalls();

  const refused = await Promise.all(orders.map(post));
  for (const [index, { status, headers, body }] of refused.entries()) {
    expect([status, body.type, body.billed, headers['retry-after']]).toEqual([
      503,
      'urn:signet:problem:ticket-unavailable',
      'no',
      '60',
    ]);
    expect(body.retry).toEqual({ sameOrder: true, afterSeconds: 60 });
    expect(await world.context.ledger.read(orders[index]!)).toMatchObject({ state: 'not-processed', billed: 'no' });
  }
  expect(JSON.stringify(charged())).not.toContain('face-verify');

  const ticks = [await world.refresh()];
  for (let tick = 0; tick < 10; tick += 1) {
    world.clock += 60_000;
    ticks.push(await world.refresh());
  }
  expect(ticks).toEqual(['suspect', ...Array.from({ length: 10 }, () => 'fresh')]);
  expect(tokenCalls() - before).toBe(1);

  const served = await Promise.all(orders.map(post));
  expect(served.map(({ status, body }) => [status, body.outcome])).toEqual(orders.map(() => [200, 'match']));
  expect(await world.refresh()).toBe('fresh');
  expect(tokenCalls() - before).toBe(1);
});
