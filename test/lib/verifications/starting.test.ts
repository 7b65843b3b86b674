import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ObjectStore } from '#signing';
import { localStage } from '../../../infra/stages.ts';
import type { Context } from '../../../lib/flow/context.ts';
import {
  createVerifier,
  objections,
  other,
  type somebody,
  statuses,
  type Verifier,
} from '../../support/verification.ts';
import { exposed } from '../../support/verification-sinks.ts';
import { createWorld, type Seen, type World } from '../../support/world.ts';

let world: World;
let verifier: Verifier;
beforeAll(async () => {
  const { approval } = localStage({ profile: 'tencentcloud', appId: 'TIDATEST' });
  world = await createWorld({ policy: { approval: { ...approval, requires: [] } } });
  verifier = createVerifier(world);
});
afterAll(() => world.stop());

const slug = ({ body }: Seen): string => String(body.type).replace('urn:signet:problem:', '');
const usual = { agreement: {}, face: {}, video: {} };

describe('a plan that is sent again', () => {
  it('is answered as before, and runs once', async () => {
    const plan = await verifier.plan(usual);
    const first = await verifier.start(plan);
    expect([first.status, first.headers['idempotent-replayed'], first.headers['cache-control']]).toEqual([
      202,
      undefined,
      'no-store',
    ]);
    expect(statuses(first.body)).toEqual(['consent-record: pending', 'face: pending', 'liveness: pending']);
    expect(first.body).toMatchObject({ verificationId: plan.verificationId, status: 'running' });
    const again = await verifier.start(plan);
    expect([again.status, again.headers['idempotent-replayed'], again.body]).toEqual([202, 'true', first.body]);
    await verifier.run(plan.verificationId);
    const { body: view } = await verifier.show(plan.verificationId);
    const late = await verifier.start(plan);
    expect([late.status, late.headers['idempotent-replayed'], late.body]).toEqual([202, 'true', view]);
    expect(view.decision.verdict).toBe('approved');
    expect(world.executions.get(plan.verificationId)).toEqual({
      verificationId: plan.verificationId,
      run: expect.objectContaining({ ConsentRecord: true, ConsentCheck: false, Face: true, Liveness: true }),
    });
  });

  it('at the same time runs once', async () => {
    const plan = await verifier.plan(usual);
    const answers = await Promise.all([1, 2, 3].map(() => verifier.start(plan)));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    await verifier.run(plan.verificationId);
    expect((await verifier.show(plan.verificationId)).body.decision.verdict).toBe('approved');
  });

  it('without a number of its own is another one', async () => {
    const { checks } = await verifier.plan({ bankCard: {} });
    const first = await verifier.start({ checks });
    const second = await verifier.start({ checks });
    expect([first.status, slug(second)]).toEqual([202, 'media-used']);
    expect(first.body.verificationId).toMatch(/^test[A-Za-z0-9]{28}$/);
  });

  it.each([
    ['with another subject', { subject: other }],
    ['without the subject', { subject: undefined }],
    ['with other checks', { checks: { consent: {} } }],
    ['continuing another one', { continues: 'V1' }],
  ])('%s is refused', async (_, change) => {
    const plan = await verifier.plan({ consent: {}, face: {} });
    await verifier.start(plan);
    const { status, body } = await verifier.start({ ...plan, ...change });
    expect([status, body.type, body.billed, body.retry]).toEqual([
      422,
      'urn:signet:problem:verification-payload-mismatch',
      'no',
      { sameOrder: false },
    ]);
  });

  it('by another caller is refused, and not even shown', async () => {
    const plan = await verifier.plan({ consent: {} });
    await verifier.start(plan);
    const { verificationId: id } = plan;
    expect(slug(await verifier.start(plan, 'mallory'))).toBe('verification-payload-mismatch');
    const [foreign, unknown] = [await verifier.show(id, undefined, 'mallory'), await verifier.show('NOSUCH')];
    expect([foreign.status, foreign.body]).toEqual([404, unknown.body]);
    const withResults = await verifier.show(id, { results: 'true' }, 'mallory');
    expect([withResults.status, withResults.body]).toEqual([404, unknown.body]);
  });

  it('names its fields in another order, and is the same', async () => {
    const { verificationId, subject, checks } = await verifier.plan({ consent: {}, face: {} });
    await verifier.start({ verificationId, subject, checks });
    const turned = Object.fromEntries(Object.entries(checks).reverse());
    const { idNo, name, userId } = subject as typeof somebody;
    expect((await verifier.start({ checks: turned, subject: { userId, idNo, name }, verificationId })).status).toBe(
      202,
    );
  });
});

/** The surroundings with a store of which one call fails: before it is done, or after it. */
function failing(at: number, when: 'before' | 'after') {
  let calls = 0;
  let failed = '';
  const guard =
    <A extends unknown[], R>(name: string, work: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      const mine = calls === at;
      calls += 1;
      if (mine) failed = name;
      if (mine && when === 'before') throw new Error('down');
      const result = await work(...args);
      if (mine) throw new Error('lost');
      return result;
    };
  const guarded = <T extends object>(name: string, store: T): T =>
    Object.fromEntries(
      Object.entries(store).map(([method, work]) => [
        method,
        typeof work === 'function' ? guard(`${name}.${method}`, work as never) : work,
      ]),
    ) as T;
  const { verifications, staging, executions, ledger, fingerprintKey } = world.context;
  const changed: Partial<Context> = {
    verifications: guarded('verifications', verifications),
    staging: { records: guarded('media', staging.records), objects: guarded<ObjectStore>('bucket', staging.objects) },
    executions: guarded('executions', executions),
    ledger: guarded('ledger', ledger),
    fingerprintKey: guard('fingerprintKey', fingerprintKey),
  };
  return { changed, calls: () => calls, failed: () => failed };
}

describe('a start that breaks off', () => {
  const reached = new Set<string>();

  it.each(['before', 'after'] as const)('%s any of its calls is begun where it was, once', async (when) => {
    const whole = failing(-1, when);
    const wanted = { bankCard: {}, video: {} };
    expect((await verifier.start(await verifier.plan(wanted), 'alice', whole.changed)).status).toBe(202);
    // The last calls only look at the orders of the steps for the answer.
    const total = whole.calls();
    for (let at = 0; at < total; at += 1) {
      const plan = await verifier.plan(wanted);
      const { verificationId: id } = plan;
      const spoiled = failing(at, when);
      const first = await verifier.start(plan, 'alice', spoiled.changed);
      const failed = spoiled.failed();
      reached.add(failed);
      // Whatever was started runs on, and may have ended before the caller comes back.
      const ran = world.executions.has(id);
      // That it was started need not be noted for it to be started once.
      const noted = failed !== 'verifications.launched';
      const unsure = ran || failed === 'executions.start';
      const billed = unsure ? 'unknown' : 'no';
      expect([failed, first.status, first.body.billed]).toEqual([
        failed,
        ...(noted ? [503, billed] : [202, undefined]),
      ]);
      expect(first.body.verificationId).toBe(id);
      const input = structuredClone(world.executions.get(id));
      if (ran) await verifier.run(id);
      const again = await verifier.start(plan);
      expect([failed, again.status, slug(again)]).toEqual([failed, 202, 'undefined']);
      expect(world.executions.get(id)).toEqual(input ?? world.executions.get(id));
      if (!ran) continue;
      expect([failed, again.body.decision.verdict]).toEqual([failed, 'approved']);
      for (const step of again.body.steps) expect(verifier.bought(step)).toBe(1);
    }
    expect(total).toBeGreaterThan(10);
  });

  it('was tried at every store', () => {
    expect([...reached].sort()).toEqual([
      'bucket.open',
      'bucket.put',
      'executions.start',
      'fingerprintKey',
      'ledger.read',
      'media.bind',
      'media.read',
      'verifications.create',
      'verifications.launched',
      'verifications.read',
    ]);
  });

  it('keeps the numbers of its orders', async () => {
    const plan = await verifier.plan({ consent: {}, bankCard: {}, face: {} });
    const { executions } = world.context;
    const lost = { start: async () => Promise.reject(new Error('down')) };
    expect(slug(await verifier.start(plan, 'alice', { executions: lost }))).toBe('workflow-unavailable');
    const before = (await verifier.show(plan.verificationId)).body;
    expect(before.status).toBe('running');
    const { body } = await verifier.start(plan, 'alice', { executions });
    expect(body.steps).toEqual(before.steps);
  });
});

it('a plan may do without anything that it does not need', async () => {
  const { view, decision } = await verifier.verify(await verifier.plan({ bankCard: {} }, { subject: undefined }));
  expect([statuses(view), objections(decision)]).toEqual([['bank-card: succeeded read'], []]);
});

it('shows no personal value to anybody', async () => {
  expect(await exposed(world, verifier)).toEqual([]);
});
