import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TaskError } from '../../../infra/local/state-machines/errors.ts';
import { localStage } from '../../../infra/stages.ts';
import { inMemory } from '../../campaign/dynamo/engines.ts';
import {
  createVerifier,
  everything,
  objections,
  other,
  pathOf,
  somebody,
  statuses,
  type Verifier,
} from '../../support/verification.ts';
import type { Around } from '../../support/verification-run.ts';
import { exposed } from '../../support/verification-sinks.ts';
import { createWorld, type World } from '../../support/world.ts';
import { killedBeforeNoting } from './killing.ts';

let world: World;
let verifier: Verifier;
beforeAll(async () => {
  const { approval } = localStage({ profile: 'tencentcloud', appId: 'TIDATEST' });
  world = await createWorld({ policy: { approval: { ...approval, requires: [] } }, database: inMemory().client });
  verifier = createVerifier(world);
});
afterEach(() => world.simulator.configure({ faults: [] }));
afterAll(() => world.stop());

const down = () => Promise.reject(new Error('down'));
/** Runs a verification and says what it came to, and how often each of its orders was bought. */
async function outcome(id: string, around?: Around) {
  const run = await verifier.run(id, around);
  const { body: view } = await verifier.show(id);
  return { run, view, verdict: view.decision.verdict, bought: view.steps.map(verifier.bought) as number[] };
}
/** One call of a method fails, or more; then it is what it was. */
function failing<T extends object, K extends keyof T>(target: T, method: K, fails: (...args: never[]) => boolean) {
  const before = target[method];
  const work = before as (...args: unknown[]) => Promise<unknown>;
  const spoiled = (...args: unknown[]) => (fails(...(args as never[])) ? down() : work(...args));
  Object.assign(target, { [method]: spoiled });
  return () => void Object.assign(target, { [method]: before });
}

describe('a step', () => {
  it('that is paid for and cannot be noted says so, and is noted when it is asked for again', async () => {
    const plan = await verifier.plan({ face: {} });
    const { orderNo } = (await verifier.start(plan)).body.steps[0];
    const thrown: unknown[] = [];
    const ended = await outcome(plan.verificationId, async ({ step, call }, invoke) => {
      const undo = failing(world.context.verifications, 'stepEnded', () => step === 'face' && call === 1);
      const noted = (error: Error) => {
        thrown.push([error.name, JSON.parse(JSON.parse(error.message).errorMessage ?? error.message)]);
        throw error;
      };
      return invoke().catch(noted).finally(undo);
    });
    expect(thrown).toMatchObject([['ledger-unavailable', { billed: 'yes', orderNo }]]);
    expect(ended.run.tasks.map(({ step, call }) => [step, call])).toEqual([
      ['face', 1],
      ['face', 2],
      ['decide', 1],
    ]);
    expect(ended).toMatchObject({ verdict: 'approved', bought: [1] });
    expect(ended.view.steps[0]).toMatchObject({ status: 'succeeded', outcome: 'match', billed: 'yes', orderNo });
  });

  it('whose result cannot be sealed at once tries again with what it has read', async () => {
    const plan = await verifier.plan({ portrait: {}, emblem: {} });
    const { verificationId: id } = plan;
    await verifier.start(plan);
    const [before, clock] = [world.calls().length, world.clock];
    let failures = 0;
    const undo = failing(world.context.staging.objects, 'put', (key: string) => {
      if (key !== `sealed/${id}/id-card-portrait` || failures === 3) return false;
      failures += 1;
      return true;
    });
    const ended = await outcome(id).finally(undo);
    expect([failures, world.clock - clock]).toEqual([3, 1200]);
    expect(verifier.callsSince(before)).toEqual({ 'id-card-ocr': 2 });
    expect(ended.run.tasks.filter(({ step }) => step === 'id-card-portrait')).toHaveLength(1);
    expect(ended).toMatchObject({ verdict: 'approved', bought: [1, 1] });
    const { steps } = (await verifier.show(id, { results: 'true' })).body;
    expect(Object.keys(steps[0].result)).toContain('portrait');
  });

  it('whose result cannot be sealed in the time that is left is asked for again, and not bought again', async () => {
    const plan = await verifier.plan({ face: {} });
    const { verificationId } = plan;
    await verifier.start(plan);
    const clock = world.clock;
    const thrown: unknown[] = [];
    const ended = await outcome(verificationId, async ({ step, call }, invoke) => {
      if (step !== 'face' || call > 1) return invoke();
      // The first call has bought the face and was killed before it sealed it, the second one has no time for that.
      const noting = failing(world.context.verifications, 'stepEnded', () => true);
      await invoke().catch(() => {});
      noting();
      world.bucket.delete(`sealed/${verificationId}/face`);
      const sealing = failing(world.context.staging.objects, 'put', () => true);
      const error = await world
        .direct('face-verify', { verificationId, step }, 9_999)
        .catch((caught: unknown) => caught);
      sealing();
      const { name, message } = error as Error;
      thrown.push([name, JSON.parse(message).billed, world.clock]);
      throw new TaskError(name, message);
    });
    expect(thrown).toEqual([['media-unavailable', 'unknown', clock]]);
    expect(ended).toMatchObject({ verdict: 'approved', bought: [1] });
    expect(world.bucket.has(`sealed/${verificationId}/face`)).toBe(true);
  });

  it('that declined and was killed before it could say so stops what comes after it', async () => {
    const plan = await verifier.plan({ face: { code: '66660004' }, video: {} });
    await verifier.start(plan);
    const before = world.calls().length;
    const ended = await outcome(plan.verificationId, (task, invoke) =>
      task.step === 'face' ? killedBeforeNoting(world)(task, invoke) : invoke(),
    );
    expect(statuses(ended.view)).toEqual(['face: succeeded no-match', 'liveness: skipped']);
    expect([ended.verdict, verifier.callsSince(before)]).toEqual(['declined', { 'face-verify': 1 }]);
  });
});

it('no step is called for twice, nor meets another call of its order, when nothing goes wrong', async () => {
  const before = world.calls().length;
  const { run, decision, view } = await verifier.verify(await verifier.plan(everything));
  expect([decision.verdict, view.steps.length]).toEqual(['approved', 9]);
  expect(run.tasks.map(({ step }) => step).sort()).toEqual([...view.steps.map(({ step }) => step), 'decide'].sort());
  expect(run.seen.filter(({ what }) => what.endsWith('Failed'))).toEqual([]);
  expect(Object.values(verifier.callsSince(before)).reduce((sum, calls) => sum + calls, 0)).toBe(10);
});

describe('a consent whose answer was lost', () => {
  const lost = async (executed: boolean, person: typeof other = somebody) => {
    const path = pathOf('consent-record');
    const plan = await verifier.plan({ agreement: {}, bankCard: {} }, {}, person);
    world.simulator.configure({ faults: [{ kind: 'silence', executed, path }] });
    await verifier.start(plan);
    const before = world.calls().length;
    const ended = await outcome(plan.verificationId);
    return { ...ended, calls: verifier.callsSince(before) };
  };

  it('is asked about, and the rest goes on', async () => {
    const { view, verdict, calls, run } = await lost(true);
    expect(statuses(view)).toEqual(['consent-record: succeeded recorded', 'bank-card: succeeded read']);
    expect([verdict, calls]).toEqual(['approved', { 'consent-record': 1, 'consent-check': 1, 'bank-card-ocr': 1 }]);
    expect(run.tasks.slice(0, 2).map(({ state }) => state)).toEqual(['ConsentRecord', 'ConsentRecordAgain']);
  });

  it('is not recorded a second time', async () => {
    const { view, verdict, calls } = await lost(false, other);
    expect([verdict, statuses(view)]).toEqual(['review', ['consent-record: unknown', 'bank-card: skipped']]);
    expect(objections(view.decision)[0]).toBe('order-unresolved consent-record unknown review');
    expect(calls).toEqual({ 'consent-record': 1, 'consent-check': expect.any(Number) });
  });
});

it('shows no personal value to anybody', async () => {
  expect(await exposed(world, verifier)).toEqual([]);
});
