import { describe, expect, it } from 'vitest';
import { UpstreamFailure } from '#signing';
import { type Breaker, createBreaker, type Ending } from '../../../lib/flow/breaker.ts';
import { createWorld, person } from '../../support/world.ts';

let clock = 0;
const call = (breaker: Breaker, ending: Ending, operation = 'face-verify'): boolean => {
  const pass = breaker.enter(operation);
  pass?.settle(ending);
  pass?.release();
  return pass !== null;
};
const times = (count: number, act: () => boolean) => Array.from({ length: count }, act);

describe('the breaker', () => {
  it('opens after five unknown outcomes in a row, for 30 s', () => {
    const breaker = createBreaker(() => clock);
    expect(times(7, () => call(breaker, 'unknown'))).toEqual([true, true, true, true, true, false, false]);
    clock += 29_999;
    expect(call(breaker, 'answered')).toBe(false);
    clock += 1;
    expect(call(breaker, 'answered')).toBe(true);
    expect(call(breaker, 'answered')).toBe(true);
  });

  it('begins to count anew with every answer, and not with calls that were not sent', () => {
    const breaker = createBreaker(() => clock);
    times(4, () => call(breaker, 'unknown'));
    call(breaker, 'answered');
    times(4, () => call(breaker, 'unknown'));
    call(breaker, 'not-sent');
    expect(call(breaker, 'unknown')).toBe(true);
    expect(call(breaker, 'unknown')).toBe(false);
  });

  it.each(['unknown', 'not-sent'] as const)('opens again when the one call that tries ends %s', (ending) => {
    const breaker = createBreaker(() => clock);
    times(5, () => call(breaker, 'unknown'));
    clock += 30_000;
    expect(times(3, () => call(breaker, ending))).toEqual([true, false, false]);
    clock += 30_000;
    expect(times(2, () => call(breaker, 'answered'))).toEqual([true, true]);
  });

  it('lets one call try, and another at once when that was not made after all', () => {
    const breaker = createBreaker(() => clock);
    times(5, () => call(breaker, 'unknown'));
    clock += 30_000;
    const probe = breaker.enter('face-verify')!;
    expect(breaker.enter('face-verify')).toBeNull();
    probe.release();
    expect(breaker.enter('face-verify')).not.toBeNull();
    expect(breaker.enter('face-verify')).toBeNull();
    // The process of that one has stopped for good.
    clock += 30_000;
    expect(breaker.enter('face-verify')).not.toBeNull();
  });

  it('keeps operations apart', () => {
    const breaker = createBreaker(() => clock);
    times(5, () => call(breaker, 'unknown'));
    expect(call(breaker, 'unknown', 'face-compare')).toBe(true);
  });
});

describe('an outage of ten minutes', () => {
  const outage = 600_000;

  /** 20 calls a second on one process, whose clock stands still for nobody; the upstream is silent for ten minutes. */
  async function run(silence: (timeout: number) => number) {
    const world = await createWorld();
    Object.assign(world.context, { breaker: createBreaker(world.context.now) });
    const { upstream } = world.context;
    const real = upstream.send;
    const start = world.clock + 1_000;
    const failing = () => world.clock >= start && world.clock < start + outage;
    upstream.send = async (request) => {
      if (!failing() || request.path.startsWith('/api/oauth2/')) return real(request);
      world.clock += silence(request.timeout);
      throw new UpstreamFailure('timeout', 'DEADLINE');
    };
    const seen: Record<string, number> = {};
    let closedAt = Number.POSITIVE_INFINITY;
    const afterwards: string[] = [];
    while (world.clock < start + outage + 40_000) {
      const next = world.clock + 50;
      const begun = world.clock;
      const { status, body, headers } = await world.post('liveness-challenge', person);
      const slug = status === 200 ? 'ok' : body.type.replace('urn:signet:problem:', '');
      if (begun >= start && begun < start + outage) seen[slug] = (seen[slug] ?? 0) + 1;
      if (begun >= start + outage) {
        afterwards.push(slug);
        if (slug === 'ok') closedAt = Math.min(closedAt, begun);
      }
      if (slug === 'upstream-circuit-open') {
        expect([status, body.billed, body.retry, headers['retry-after']]).toEqual([
          503,
          'no',
          { sameOrder: true, afterSeconds: 30 },
          '30',
        ]);
      }
      if (begun % 60_000 < 50) await world.refresh();
      // Most refusals, and most calls after the outage, need not be made to know how they end.
      const skipped = slug === 'upstream-circuit-open' || begun >= start + outage ? 950 : 0;
      world.clock = Math.max(world.clock, next) + skipped;
    }
    await world.stop();
    return { seen, closedAfter: closedAt - start - outage, afterwards };
  }

  it.each([
    ['every call takes its whole time', (timeout: number) => timeout],
    ['every call ends at once', () => 0],
  ])(
    '%s: at most six unknown and one more for each 30 s, closed 35 s after it',
    async (_, silence) => {
      const { seen, closedAfter, afterwards } = await run(silence);
      expect(Object.keys(seen).sort()).toEqual(['upstream-circuit-open', 'upstream-timeout']);
      expect(seen['upstream-timeout']).toBeLessThanOrEqual(6 + outage / 30_000);
      expect(seen['upstream-circuit-open']).toBeGreaterThan(300);
      expect(closedAfter).toBeLessThanOrEqual(35_000);
      expect(afterwards.slice(afterwards.indexOf('ok'))).not.toContain('upstream-circuit-open');
    },
    30_000,
  );
});

it('an order that exists is answered from its record while the circuit is open', async () => {
  const world = await createWorld();
  Object.assign(world.context, { breaker: createBreaker(world.context.now) });
  const first = await world.post('liveness-challenge', { ...person, orderNo: 'B1' });
  world.simulator.configure({ faults: [{ kind: 'silence', times: 1e9, path: '/api/paas/getlips' }] });
  for (let count = 0; count < 5; count += 1) {
    expect((await world.post('liveness-challenge', { ...person, orderNo: `B2${count}` })).status).toBe(504);
  }
  const calls = world.calls().length;
  const slug = (body: { type: string }) => body.type.replace('urn:signet:problem:', '');
  const refused = await world.post('liveness-challenge', { ...person, orderNo: 'B3' });
  expect([refused.status, slug(refused.body)]).toEqual([503, 'upstream-circuit-open']);
  expect((await world.order('B3')).status).toBe(404);
  expect((await world.post('liveness-challenge', { ...person, orderNo: 'B1' })).body).toEqual(first.body);
  const unknown = await world.post('liveness-challenge', { ...person, orderNo: 'B20' });
  expect([unknown.status, slug(unknown.body)]).toEqual([409, 'order-outcome-unknown']);
  expect(world.calls().length).toBe(calls);
  await world.stop();
});
