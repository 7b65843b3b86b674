import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ObjectStore } from '#signing';
import { localStage } from '../../../infra/stages.ts';
import type { Context } from '../../../lib/flow/context.ts';
import { inMemory } from '../../campaign/dynamo/engines.ts';
import { createVerifier, filesOf, type Verifier } from '../../support/verification.ts';
import { exposed } from '../../support/verification-sinks.ts';
import { createWorld, type Seen, type World } from '../../support/world.ts';

let world: World;
let verifier: Verifier;
beforeAll(async () => {
  const { approval } = localStage({ profile: 'tencentcloud', appId: 'TIDATEST' });
  world = await createWorld({ policy: { approval: { ...approval, requires: [] } }, database: inMemory().client });
  verifier = createVerifier(world);
});
afterAll(() => world.stop());

const slug = ({ body }: Seen): string => String(body.type).replace('urn:signet:problem:', '');
const down = () => Promise.reject(new Error('down'));
const boundTo = async (mediaId: string) => (await world.context.staging.records.read(mediaId))!.boundTo;
/** The records of verifications, one method of which is another one. */
const records = (more: Partial<Context['verifications']>): Partial<Context> => ({
  verifications: { ...world.context.verifications, ...more },
});
/** Runs a verification and says what it came to, and how often each of its orders was bought. */
async function outcome(id: string) {
  await verifier.run(id);
  const { body: view } = await verifier.show(id);
  return { verdict: view.decision.verdict, bought: view.steps.map(verifier.bought) as number[] };
}
describe('a start', () => {
  it('that could not be noted is one all the same, and sent again starts nothing twice', async () => {
    const plan = await verifier.plan({ bankCard: {}, face: {} });
    const started: unknown[] = [];
    const executions: Context['executions'] = {
      start: async (...execution) => {
        started.push(execution);
        await world.context.executions.start(...execution);
      },
    };
    const changed = { ...records({ launched: down }), executions };
    const { status, body } = await verifier.start(plan, 'alice', changed);
    expect([status, body.status]).toEqual([202, 'running']);
    const again = await verifier.start(plan, 'alice', { executions });
    expect([again.status, again.headers['idempotent-replayed'], again.body]).toEqual([202, 'true', body]);
    // The same name and the same input are one execution.
    expect(started).toEqual([started[0], started[0]]);
    await verifier.start(plan, 'alice', { executions });
    expect(started).toHaveLength(2);
    expect(await outcome(plan.verificationId)).toMatchObject({ verdict: 'approved', bought: [1, 1] });
  });

  it('that comes late has to be noted: its files must stay while it runs', async () => {
    const plan = await verifier.plan({ bankCard: {}, face: {} });
    const { verificationId: id } = plan;
    const lost: Context['executions'] = { start: down };
    expect(slug(await verifier.start(plan, 'alice', { executions: lost }))).toBe('workflow-unavailable');
    await verifier.pass(33);
    const unnoted = await verifier.start(plan, 'alice', records({ launched: down }));
    expect([unnoted.status, slug(unnoted)]).toEqual([503, 'workflow-unavailable']);
    expect((await verifier.start(plan)).status).toBe(202);
    await verifier.pass(4);
    expect(verifier.left(plan)).toBe(2);
    expect(await outcome(id)).toMatchObject({ verdict: 'approved', bought: [1, 1] });
  });

  it('that was never noted is answered from its decision, when its plan is gone', async () => {
    const plan = await verifier.plan({ bankCard: {}, face: {} });
    const { verificationId: id } = plan;
    expect((await verifier.start(plan, 'alice', records({ launched: down }))).status).toBe(202);
    await verifier.run(id);
    const { body: view } = await verifier.show(id);
    world.bucket.delete(`sealed/${id}/plan`);
    const executions: Context['executions'] = { start: async () => expect.fail('started again') };
    const again = await verifier.start(plan, 'alice', { executions });
    expect([again.status, again.headers['idempotent-replayed'], again.body]).toEqual([202, 'true', view]);
  });

  it('leaves no file open, also where two steps are called with the same one', async () => {
    const { objects } = world.context.staging;
    const bodies: { destroyed: boolean }[] = [];
    const open: ObjectStore['open'] = async (key, etag) => {
      const object = await objects.open(key, etag);
      if (typeof object !== 'string') bodies.push(object.body);
      return object;
    };
    const plan = await verifier.plan({ face: {}, fallback: {} });
    const staging = { ...world.context.staging, objects: { ...objects, open } };
    expect((await verifier.start(plan, 'alice', { staging })).status).toBe(202);
    expect(bodies.map(({ destroyed }) => destroyed)).toEqual([true, true]);
  });

  it('whose answer was lost may have begun: with its number, which is told, it goes on', async () => {
    const { verificationId: own, ...plan } = await verifier.plan({ bankCard: {}, face: {} });
    const { executions } = world.context;
    const lost: Context['executions'] = { start: async (...execution) => executions.start(...execution).then(down) };
    const first = await verifier.start(plan, 'alice', { executions: lost });
    const { verificationId: id } = first.body;
    expect([first.status, slug(first), first.body.billed]).toEqual([503, 'workflow-unavailable', 'unknown']);
    expect(id).toMatch(/^test[A-Za-z0-9]{28}$/);
    expect(await outcome(id)).toMatchObject({ verdict: 'approved', bought: [1, 1] });
    const again = await verifier.start({ ...plan, verificationId: id });
    expect([again.status, again.body]).toEqual([202, (await verifier.show(id)).body]);
    expect(again.body.steps.map(verifier.bought)).toEqual([1, 1]);
    // A number of the caller's own is told as well.
    const given = { ...(await verifier.plan({ face: {} })), verificationId: own };
    expect((await verifier.start(given, 'alice', { executions: lost })).body.verificationId).toBe(own);
  });

  it.each([
    ['media are used up', { bankCard: {} }],
    ['challenge is used up', { video: {} }],
  ])('of a plan whose %s by its own execution meanwhile is a repeat', async (_, wanted) => {
    const plan = await verifier.plan(wanted);
    const { verificationId: id } = plan;
    const { read } = world.context.verifications;
    let first: Seen | undefined;
    const second = await verifier.start(
      plan,
      'alice',
      records({
        // Between the look at the record and the rest, the other one starts and runs to its end.
        read: async (verificationId) => {
          const found = await read(verificationId);
          if (first) return found;
          first = await verifier.start(plan);
          expect(await outcome(id)).toMatchObject({ verdict: 'approved', bought: [1] });
          return found;
        },
      }),
    );
    expect([first!.status, second.status]).toEqual([202, 202]);
    expect(second.body).toEqual((await verifier.show(id)).body);
    // Anybody else's plan with the same would not work.
    expect((await verifier.start({ ...plan, verificationId: verifier.fresh() })).status).toBeGreaterThanOrEqual(400);
  });

  it('that failed, repeated when its uploads are gone, is refused, and nothing runs', async () => {
    const plan = await verifier.plan({ bankCard: {} });
    const { verificationId: id } = plan;
    expect(slug(await verifier.start(plan, 'alice', { executions: { start: down } }))).toBe('workflow-unavailable');
    await verifier.pass(36);
    expect([verifier.left(plan), (await verifier.show(id)).body.status]).toEqual([0, 'failed']);
    const again = await verifier.start(plan);
    expect([again.status, slug(again), again.body.billed, again.body.errors]).toEqual([
      422,
      'media-invalid',
      'no',
      [{ pointer: '/checks/bankCard/photo/mediaId', rule: 'not-uploaded' }],
    ]);
    expect([world.executions.has(id), (await verifier.show(id)).body.status]).toEqual([false, 'failed']);
  });

  it('that failed, repeated so late while its uploads are still there, runs', async () => {
    const plan = await verifier.plan({ bankCard: {} });
    await verifier.start(plan, 'alice', { executions: { start: down } });
    await verifier.skip(0.6);
    expect(await verifier.start(plan)).toMatchObject({ status: 202, body: { status: 'running' } });
    expect((await verifier.show(plan.verificationId)).body.status).toBe('running');
    expect(await outcome(plan.verificationId)).toMatchObject({ verdict: 'approved', bought: [1] });
  });
});

describe('a plan that comes too late', () => {
  it('for its number gives its own files back, and none of those of the plan that has it', async () => {
    const [winner, more] = [await verifier.plan({ bankCard: {} }), await verifier.plan({ face: {} })];
    const { verificationId: id } = winner;
    const loser = { ...more, verificationId: id, checks: { ...winner.checks, ...more.checks } };
    const { create } = world.context.verifications;
    const late = records({
      create: async (...verification) => {
        expect((await verifier.start(winner)).status).toBe(202);
        return create(...verification);
      },
    });
    expect(slug(await verifier.start(loser, 'alice', late))).toBe('verification-payload-mismatch');
    const [shared, own] = [filesOf(winner), filesOf(more)];
    expect([await boundTo(shared[0]!), await boundTo(own[0]!)]).toEqual([`verification#${id}`, undefined]);
    const next = await verifier.verify({ ...more, verificationId: verifier.fresh() });
    expect([next.decision.verdict, (await outcome(id)).verdict]).toEqual(['approved', 'approved']);
  });

  it('for one of its files gives the others back', async () => {
    const [winner, more] = [await verifier.plan({ bankCard: {} }), await verifier.plan({ face: {} })];
    const { records: files } = world.context.staging;
    let started: Promise<Seen> | undefined;
    const late: Context['staging'] = {
      ...world.context.staging,
      records: {
        ...files,
        bind: async (...binding) => {
          started ??= verifier.start(winner);
          await started;
          return files.bind(...binding);
        },
      },
    };
    const plan = { ...more, checks: { ...winner.checks, ...more.checks } };
    const refused = await verifier.start(plan, 'alice', { staging: late });
    expect([slug(refused), refused.body.errors]).toEqual([
      'media-used',
      [{ pointer: '/checks/bankCard/photo/mediaId', rule: 'used' }],
    ]);
    expect(await boundTo(filesOf(more)[0]!)).toBeUndefined();
    const next = await verifier.verify({ ...more, verificationId: verifier.fresh() });
    expect([next.decision.verdict, (await outcome(winner.verificationId)).verdict]).toEqual(['approved', 'approved']);
  });
});

it('shows no personal value to anybody', async () => {
  expect(await exposed(world, verifier)).toEqual([]);
});
