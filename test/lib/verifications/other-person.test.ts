import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localStage } from '../../../infra/stages.ts';
import { operations } from '../../../lib/operations/index.ts';
import type { StepName } from '../../../lib/verifications/checks.ts';
import { decide } from '../../../lib/verifications/decide.ts';
import { inMemory } from '../../campaign/dynamo/engines.ts';
import {
  createVerifier,
  filesOf,
  objections,
  other,
  somebody,
  statuses,
  unseen,
  type Verifier,
} from '../../support/verification.ts';
import { type Around, crash } from '../../support/verification-run.ts';
import { exposed } from '../../support/verification-sinks.ts';
import { createWorld, sampleInput, type World } from '../../support/world.ts';
import { about, ended, flawless } from './facts.ts';

let world: World;
let verifier: Verifier;
beforeAll(async () => {
  const { approval } = localStage({ profile: 'tencentcloud', appId: 'TIDATEST' });
  world = await createWorld({ policy: { approval: { ...approval, requires: [] } }, database: inMemory().client });
  verifier = createVerifier(world);
});
afterAll(() => world.stop());

const card = { portrait: {}, emblem: {} };
/** Somebody whom nobody knows but by the card. */
const byCard = { subject: { userId: somebody.userId } };
const sealOf = (id: string, step: StepName | 'plan') => `sealed/${id}/${step}`;
/** Changes what is sealed. */
const reseal = (key: string, change: (value: never) => unknown): void => {
  const value = JSON.parse(String(world.bucket.get(key))) as never;
  world.bucket.set(key, Buffer.from(JSON.stringify(change(value))));
};
const otherCard = (result: { portrait: object }) => ({ portrait: { ...result.portrait, ...other } });
/** What is done before the machine calls for a step for the first time. */
const rightBefore =
  (name: StepName, work: () => unknown): Around =>
  async ({ step, call }, invoke) => {
    if (step === name && call === 1) await work();
    return invoke();
  };

describe('a card that was read and cannot be read again', () => {
  it('lets nobody be put in the place of the one who was checked', async () => {
    const first = await verifier.verify(await verifier.plan({ agreement: {}, ...card, face: {} }, byCard));
    expect(first.decision.verdict).toBe('approved');
    const key = sealOf(first.id, 'id-card-portrait');
    const kept = world.bucket.get(key)!;
    const plan = await verifier.plan(card, { subject: other, continues: first.id }, other);
    const calls = world.calls().length;

    // Missing, forbidden and expired look alike.
    world.bucket.delete(key);
    const { status, body } = await verifier.start(plan);
    expect([status, body.type, body.errors]).toEqual([
      400,
      'urn:signet:problem:invalid-request',
      [{ pointer: '/continues', rule: 'expired' }],
    ]);
    expect(await world.context.verifications.read(plan.verificationId)).toBeNull();
    expect([world.executions.has(plan.verificationId), world.calls().length]).toEqual([false, calls]);
    for (const id of filesOf(plan)) expect((await world.context.staging.records.read(id))!.boundTo).toBeUndefined();

    // Once it is there again, it says who was checked.
    world.bucket.set(key, kept);
    expect((await verifier.start(plan)).body.errors).toEqual([{ pointer: '/subject/name', rule: 'other-person' }]);
  });

  it('matters neither where the plan said who it is, nor where the card could not be read at all', async () => {
    const named = await verifier.verify(await verifier.plan(card));
    world.bucket.delete(sealOf(named.id, 'id-card-portrait'));
    const goesOn = await verifier.verify(await verifier.plan({ ...card, face: {} }, { continues: named.id }));
    expect(goesOn.decision.verdict).toBe('approved');
    const blurred = { portrait: { code: '66661008' }, emblem: {} };
    const unread = await verifier.verify(await verifier.plan({ agreement: {}, ...blurred }, byCard));
    const repeated = await verifier.verify(await verifier.plan({ ...card, face: {} }, { continues: unread.id }));
    expect([repeated.decision.verdict, objections(repeated.decision)]).toEqual(['approved', []]);
  });
});

describe('an order that the caller has bought under the number of a step', () => {
  const killed: Around = async ({ step, call }, invoke) => {
    if (step === 'face' && call === 1) throw crash();
    return invoke();
  };
  const alive: Around = (_, invoke) => invoke();

  it.each([
    ['of the same operation, about somebody else', 'face-verify', other],
    ['of the same operation, about the same person', 'face-verify', somebody],
    ['of another operation', 'face-compare', somebody],
  ])('%s, is not the order of the step', async (_, name, { name: called, idNo }) => {
    for (const [around, reason] of [
      [killed, 'incomplete'],
      [alive, 'order-payload-mismatch'],
    ] as const) {
      const plan = await verifier.plan({ agreement: {}, face: {} });
      const { verificationId: id } = plan;
      const { orderNo } = (await verifier.start(plan)).body.steps[1];
      const operation = operations.find((one) => one.name === name)!;
      const own = await world.post(name, sampleInput(operation, { orderNo, name: called, idNo }));
      expect([own.status, own.body.orderNo, own.body.outcome]).toEqual([200, orderNo, 'match']);
      expect((await verifier.show(id)).body.steps[1]).toMatchObject({ status: 'pending', billed: 'no' });
      await verifier.run(id, around);
      const { body: view } = await verifier.show(id);
      expect([statuses(view), view.decision.verdict]).toEqual([
        ['consent-record: succeeded recorded', 'face: incomplete'],
        'review',
      ]);
      expect(objections(view.decision)).toEqual([`step-incomplete face ${reason} review`]);
      expect([view.steps[1].billed, view.steps[1].upstream]).toEqual(['no', null]);
    }
  });
});

describe('steps that were called for different persons', () => {
  const differs = 'person-differs all differs review';

  it('because the plan was changed between them, are for a person to look at', async () => {
    const plan = await verifier.plan({ agreement: {}, face: {} });
    const key = sealOf(plan.verificationId, 'plan');
    const change = () => reseal(key, (sealed: object) => ({ ...sealed, subject: other }));
    const { decision, view } = await verifier.verify(plan, rightBefore('face', change));
    expect(statuses(view)).toEqual(['consent-record: succeeded recorded', 'face: succeeded match']);
    expect([decision.verdict, objections(decision)]).toEqual(['review', [differs]]);
  });

  it('because the plan was changed before all of them: the record knows whom it was for', async () => {
    const plan = await verifier.plan({ face: {} });
    const key = sealOf(plan.verificationId, 'plan');
    const change = () => reseal(key, (sealed: object) => ({ ...sealed, subject: other }));
    const { decision } = await verifier.verify(plan, rightBefore('face', change));
    expect([decision.verdict, objections(decision)]).toEqual(['review', [differs]]);
  });

  it('because the card was changed between them', async () => {
    const plan = await verifier.plan({ ...card, face: {}, fallback: {} }, byCard, unseen);
    const key = sealOf(plan.verificationId, 'id-card-portrait');
    const { decision, view } = await verifier.verify(
      plan,
      rightBefore('face-fallback', () => reseal(key, otherCard)),
    );
    expect(statuses(view).slice(2)).toEqual(['face: succeeded no-reference', 'face-fallback: succeeded match']);
    expect(objections(decision)).toContain(differs);
  });

  it('because the card was changed before another part was added', async () => {
    const first = await verifier.verify(await verifier.plan({ ...card, face: {} }, byCard));
    expect(first.decision.verdict).toBe('approved');
    reseal(sealOf(first.id, 'id-card-portrait'), otherCard);
    const more = { subject: { ...other, userId: somebody.userId }, continues: first.id };
    const second = await verifier.verify(await verifier.plan({ agreement: {} }, more));
    expect(statuses(second.view).slice(2)).toEqual(['face: succeeded match', 'consent-record: succeeded recorded']);
    expect(second.decision.verdict).toBe('review');
    expect(objections(second.decision)).toContain(differs);
  });

  it('are no reason to approve, nor to take back what declines', () => {
    const verdictAndRule = (facts: typeof flawless, onePerson?: boolean) => {
      const { verdict, rules } = decide(facts, { ...about, ...(onePerson === undefined ? {} : { onePerson }) });
      return [verdict, rules.filter(({ rule }) => rule === 'person-differs')];
    };
    const rule = { rule: 'person-differs', value: 'differs', effect: 'review' };
    expect(verdictAndRule(flawless)).toEqual(['approved', []]);
    expect(verdictAndRule(flawless, true)).toEqual(['approved', []]);
    expect(verdictAndRule(flawless, false)).toEqual(['review', [rule]]);
    expect(verdictAndRule([...flawless.slice(0, -1), ended('liveness', 'no-match')], false)).toEqual([
      'declined',
      [rule],
    ]);
  });
});

it('a consent whose result is gone has not shown whose it is', async () => {
  await verifier.verify(await verifier.plan({ agreement: {} }));
  const first = await verifier.verify(await verifier.plan({ consent: {}, ...card }));
  expect(first.decision.verdict).toBe('approved');
  world.bucket.delete(sealOf(first.id, 'consent-check'));
  const second = await verifier.verify(await verifier.plan({ face: {} }, { continues: first.id }));
  expect(statuses(second.view)[0]).toBe('consent-check: succeeded authorized');
  expect([second.decision.verdict, objections(second.decision)]).toEqual([
    'review',
    ['step-incomplete consent-check unreadable review'],
  ]);
});

it('shows no personal value to anybody', async () => {
  expect(await exposed(world, verifier)).toEqual([]);
});
