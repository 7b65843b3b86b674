import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Policy } from '../../lib/env.ts';

const policy: Policy = {
  similarity: { match: 70, approve: 80 },
  challengeMaxAge: 300,
  isolateCallers: true,
  externalOrders: 'deny',
};

/** The surroundings of a function that starts with this policy. */
async function contextWith(more: Partial<Policy>) {
  vi.resetModules();
  vi.stubEnv('SIGNET_POLICY', JSON.stringify({ ...policy, ...more }));
  const { productionContext } = await import('../../lib/runtime.ts');
  const context = productionContext();
  expect(productionContext()).toBe(context);
  return context;
}

beforeEach(() => {
  vi.stubEnv('AWS_REGION', 'cn-north-1');
  vi.stubEnv('SIGNET_STAGE', 'dev');
  vi.stubEnv('SIGNET_PROFILE', 'tencentcloud');
  vi.stubEnv('SIGNET_APP_ID', 'TIDA0001');
  vi.stubEnv('SIGNET_TABLE', 'orders');
});
afterEach(() => vi.unstubAllEnvs());

it('a deployed function has a breaker and metrics', async () => {
  const { breaker, metrics, limits, profile, stage } = await contextWith({});
  expect([profile.name, stage]).toEqual(['tencentcloud', 'dev']);
  expect(breaker!.enter('face-verify')).not.toBeNull();
  expect(metrics).toBeTypeOf('function');
  expect(limits).toBeUndefined();
});

it('and limits where its stage sets them', async () => {
  const rates = { face: { perSecond: 10, burst: 10 } };
  expect((await contextWith({ rates })).limits!.concern({ family: 'face' })).toBe(true);
  const { limits } = await contextWith({ ordersPerPerson: { face: 5 } });
  expect([limits!.concern({ family: 'face' }), limits!.concern({ family: 'license' })]).toEqual([true, false]);
});
