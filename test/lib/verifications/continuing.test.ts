import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localStage } from '../../../infra/stages.ts';
import { inMemory } from '../../campaign/dynamo/engines.ts';
import {
  createVerifier,
  filesOf,
  objections,
  other,
  somebody,
  statuses,
  type Verifier,
} from '../../support/verification.ts';
import { exposed } from '../../support/verification-sinks.ts';
import { createWorld, type World } from '../../support/world.ts';

let world: World;
let verifier: Verifier;
beforeAll(async () => {
  const { approval } = localStage({ profile: 'tencentcloud', appId: 'TIDATEST' });
  world = await createWorld({ policy: { approval }, database: inMemory().client });
  verifier = createVerifier(world);
});
afterAll(() => world.stop());

const card = { portrait: {}, emblem: {} };
const cardEnds = ['id-card-portrait: succeeded read', 'id-card-emblem: succeeded read'];

/** Calls made by some work. */
async function callsOf<T>(work: () => Promise<T>): Promise<[result: T, calls: Record<string, number>]> {
  const before = world.calls().length;
  const result = await work();
  return [result, verifier.callsSince(before)];
}

describe('a verification in two parts', () => {
  it('reads the card first, then checks the face, and is decided as a whole', async () => {
    const first = await verifier.verify(await verifier.plan(card, { subject: undefined }));
    expect([first.decision.verdict, objections(first.decision)]).toEqual([
      'review',
      ['check-missing all consent review', 'check-missing all face|liveness review'],
    ]);
    // Shown to the person, who then asks for the digits.
    const shown = (await verifier.show(first.id, { results: 'true' })).body.steps[0].result.portrait;
    expect(shown).toMatchObject({ name: somebody.name, idNo: somebody.idNo });
    await verifier.pass(10);
    const plan = await verifier.plan(
      { agreement: {}, video: {} },
      { subject: { userId: somebody.userId }, continues: first.id },
    );
    const [second, calls] = await callsOf(() => verifier.verify(plan));
    expect([second.decision.verdict, objections(second.decision)]).toEqual(['approved', []]);
    expect(statuses(second.view)).toEqual([
      ...cardEnds,
      'consent-record: succeeded recorded',
      'liveness: succeeded match',
    ]);
    expect(calls).toEqual({ 'consent-record': 1, 'liveness-verify': 1 });
    expect(second.view.continues).toBe(first.id);
    expect(second.view.steps.slice(0, 2)).toEqual(first.view.steps);
    // The first one stays as it was.
    expect((await verifier.show(first.id)).body).toEqual(first.view);
    const { steps } = (await verifier.show(second.id, { results: 'true' })).body;
    expect(steps[0].result.portrait).toEqual(shown);
    expect(steps[3].result).toMatchObject({ similarity: expect.any(Number) });
    expect(verifier.told(second.id)[0]!.detail).toMatchObject({
      continues: first.id,
      orders: second.view.steps.map(({ orderNo }) => orderNo),
    });
  });

  it('of which the first was declined still wants what was skipped then', async () => {
    const first = await verifier.verify(
      await verifier.plan({ agreement: {}, ...card, face: { code: '66660004' }, video: {} }),
    );
    expect([first.decision.verdict, statuses(first.view).at(-1)]).toEqual(['declined', 'liveness: skipped']);
    const face = await verifier.verify(await verifier.plan({ face: {} }, { continues: first.id }));
    expect([face.decision.verdict, objections(face.decision)]).toEqual([
      'review',
      ['step-incomplete liveness skipped review'],
    ]);
    const both = await verifier.verify(await verifier.plan({ face: {}, video: {} }, { continues: first.id }));
    expect([both.decision.verdict, objections(both.decision)]).toEqual(['approved', []]);
  });

  it('repeats one blurred photo, and buys nothing else again', async () => {
    const first = await verifier.verify(
      await verifier.plan({ agreement: {}, portrait: { code: '66661008' }, emblem: {}, face: {} }),
    );
    expect([first.decision.verdict, objections(first.decision)]).toEqual([
      'review',
      ['step-incomplete id-card-portrait document-unreadable review'],
    ]);
    const plan = await verifier.plan(card, { subject: undefined, continues: first.id });
    const [second, calls] = await callsOf(() => verifier.verify(plan));
    expect([second.decision.verdict, calls]).toEqual(['approved', { 'id-card-ocr': 2 }]);
    expect(statuses(second.view)).toEqual(['consent-record: succeeded recorded', 'face: succeeded match', ...cardEnds]);
    const numbers = second.view.steps.map(({ orderNo }) => orderNo);
    expect(new Set([...numbers, ...first.view.steps.map(({ orderNo }) => orderNo)]).size).toBe(6);
    expect(verifier.left(plan)).toBe(0);
  });

  it('may go on in a third part', async () => {
    const first = await verifier.verify(await verifier.plan(card));
    const second = await verifier.verify(await verifier.plan({ agreement: {} }, { continues: first.id }));
    const [third, calls] = await callsOf(async () =>
      verifier.verify(await verifier.plan({ face: {} }, { subject: undefined, continues: second.id })),
    );
    expect([third.decision.verdict, calls]).toEqual(['approved', { 'face-verify': 1 }]);
    expect(third.view.steps.map(({ step }) => step)).toEqual([
      'id-card-portrait',
      'id-card-emblem',
      'consent-record',
      'face',
    ]);
  });

  it('is still declined by what was declined before, unless that is repeated', async () => {
    const first = await verifier.verify(
      await verifier.plan({ agreement: {}, portrait: {}, emblem: { validDate: '20100101-20200101' }, face: {} }),
    );
    expect(statuses(first.view).at(-1)).toBe('face: skipped');
    const [second, calls] = await callsOf(async () =>
      verifier.verify(await verifier.plan({ face: {} }, { continues: first.id })),
    );
    expect([second.decision.verdict, statuses(second.view).at(-1), calls]).toEqual(['declined', 'face: skipped', {}]);
    const [third] = await callsOf(async () =>
      verifier.verify(await verifier.plan({ ...card, face: {} }, { continues: first.id })),
    );
    expect(third.decision.verdict).toBe('approved');
  });

  it('sends no face while the consent of before is missing', async () => {
    const path = '/api/v2/paas/uploadauth';
    const checkPath = '/api/v2/paas/checkauth';
    // Neither recorded, as far as anybody knows, nor to be asked about.
    world.simulator.configure({
      faults: [
        { kind: 'silence', path },
        { kind: 'status', status: 502, times: 999, path: checkPath },
      ],
    });
    const first = await verifier.verify(await verifier.plan({ agreement: {}, ...card }));
    world.simulator.configure({ faults: [] });
    expect(statuses(first.view)).toEqual([
      'consent-record: unknown',
      'id-card-portrait: skipped',
      'id-card-emblem: skipped',
    ]);
    const [second, calls] = await callsOf(async () =>
      verifier.verify(await verifier.plan({ ...card, face: {} }, { continues: first.id })),
    );
    expect([calls, objections(second.decision)]).toEqual([
      {},
      [
        'order-unresolved consent-record unknown review',
        'step-incomplete id-card-portrait skipped review',
        'step-incomplete id-card-emblem skipped review',
        'step-incomplete face skipped review',
      ],
    ]);
    const third = await verifier.verify(
      await verifier.plan({ agreement: {}, ...card, face: {} }, { continues: second.id }),
    );
    expect(third.decision.verdict).toBe('approved');
  });

  it('keeps the score of a face whose result could not be sealed', async () => {
    const first = await verifier.verify(await verifier.plan({ ...card, face: {} }), async ({ step }, invoke) => {
      const { stepEnded } = world.context.verifications;
      if (step === 'face') world.context.verifications.stepEnded = async () => Promise.reject(new Error('down'));
      return invoke().finally(() => {
        world.context.verifications.stepEnded = stepEnded;
      });
    });
    world.bucket.delete(`sealed/${first.id}/face`);
    expect(objections(first.decision)).toEqual(['check-missing all consent review']);
    const second = await verifier.verify(await verifier.plan({ agreement: {} }, { continues: first.id }));
    expect([second.decision.verdict, objections(second.decision)]).toEqual(['approved', []]);
  });
});

describe('what cannot be continued is refused', () => {
  let done: string;
  beforeAll(async () => {
    done = (await verifier.verify(await verifier.plan(card))).id;
  });

  /** Starts a plan that continues something, and sees to it that nothing came of it. */
  async function refused(continues: string, more: object = {}, caller?: string): Promise<unknown> {
    const plan = { ...(await verifier.plan({ face: {} })), continues, ...more };
    const before = world.calls().length;
    const { status, body } = await verifier.start(plan, caller);
    expect([status, body.type, body.billed]).toEqual([400, 'urn:signet:problem:invalid-request', 'no']);
    expect([world.executions.has(plan.verificationId), world.calls().length]).toEqual([false, before]);
    expect(await world.context.verifications.read(plan.verificationId)).toBeNull();
    expect(world.bucket.has(`sealed/${plan.verificationId}/plan`)).toBe(false);
    for (const id of filesOf(plan)) {
      expect((await world.context.staging.records.read(id))!.boundTo).toBeUndefined();
    }
    return body.errors;
  }
  const because = (rule: string) => [{ pointer: '/continues', rule }];

  it('unknown', async () => {
    expect(await refused('NOSUCH')).toEqual(because('unknown'));
  });

  it('of another caller', async () => {
    expect(await refused(done, {}, 'mallory')).toEqual(because('unknown'));
  });

  it('that still runs', async () => {
    const plan = await verifier.plan(card);
    await verifier.start(plan);
    expect(await refused(plan.verificationId)).toEqual(because('running'));
  });

  it.each([
    ['name', { name: other.name, idNo: somebody.idNo }],
    ['idNo', { name: somebody.name, idNo: other.idNo }],
    ['userId', { ...somebody, userId: 'canary2' }],
    ['userId', { ...somebody, userId: 'CANARY1' }],
  ])('of somebody with another %s', async (field, subject) => {
    expect(await refused(done, { subject })).toEqual([{ pointer: `/subject/${field}`, rule: 'other-person' }]);
  });

  it('of the same person in another spelling is not', async () => {
    const portrait = { name: '阿布•样本', idcard: '99010119900101006x' };
    const first = await verifier.verify(await verifier.plan({ portrait, emblem: {} }, { subject: undefined }));
    const subject = { name: '阿布·样本', idNo: '99010119900101006X' };
    const plan = await verifier.plan({ agreement: {} }, { subject, continues: first.id });
    const second = await verifier.verify(plan);
    expect(objections(second.decision)).toEqual(['check-missing all face|liveness review']);
  });

  it('of whom the card says the number in small letters is not, and the challenge is theirs', async () => {
    const written = { name: other.name, idNo: '99010119900101006X' };
    const portrait = { name: written.name, idcard: '99010119900101006x' };
    const first = await verifier.verify(await verifier.plan({ portrait, emblem: {} }, { subject: undefined }));
    const liveness = { orderNo: await verifier.challenge(written), video: await verifier.stage('video') };
    const plan = { verificationId: verifier.fresh(), continues: first.id, checks: { liveness } };
    const { view } = await verifier.verify(plan);
    // The authority does not know the two to belong together (docs/simulator.md).
    expect(statuses(view).at(-1)).toBe('liveness: succeeded identity-mismatch');
  });

  it('whose plan is gone', async () => {
    const { id } = await verifier.verify(await verifier.plan(card));
    world.bucket.delete(`sealed/${id}/plan`);
    expect(await refused(id)).toEqual(because('expired'));
  });

  it('a day after the first part, however fresh the last one is', async () => {
    await verifier.skip(20);
    const second = await verifier.verify(await verifier.plan({ agreement: {} }, { continues: done }));
    await verifier.skip(4);
    expect(await refused(second.id)).toEqual(because('expired'));
  });
});

it('shows no personal value to anybody', async () => {
  expect(await exposed(world, verifier)).toEqual([]);
});
