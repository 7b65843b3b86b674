import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StepName } from '../../../lib/verifications/checks.ts';
import { objections, statuses } from '../../support/verification.ts';
import type { Around } from '../../support/verification-run.ts';
import { exposed } from '../../support/verification-sinks.ts';
import { killedBeforeNoting } from './killing.ts';
import { createStruckWorld, type StruckWorld } from './struck.ts';

let struckWorld: StruckWorld;
let world: StruckWorld['world'];
let verifier: StruckWorld['verifier'];
beforeAll(async () => {
  struckWorld = await createStruckWorld();
  ({ world, verifier } = struckWorld);
});
afterAll(() => world.stop());

/** No call of this step gets to say how it ended. */
const mute =
  (step: StepName): Around =>
  (task, invoke) =>
    task.step === step ? killedBeforeNoting(world)(task, invoke) : invoke();
/** A continuation is about whoever was checked before. */
const continuing = (id: string) => ({ continues: id, subject: undefined });
const declining = async (id: string) =>
  Object.values((await world.context.verifications.read(id))!.steps).flatMap((state) =>
    state.declines ? [state.step] : [],
  );

const card = { portrait: {}, emblem: {} };
const expired = { ...card, emblem: { validDate: '20100101-20200101' } };
const refused = { ...card, emblem: { code: '66661003' } };

describe('a step that declined and never said so', () => {
  it.each([
    ['a card whose text tells that it has expired', expired, 'succeeded read'],
    ['a card that the upstream refused as expired', refused, 'rejected'],
  ])('stops what comes after it: %s', async (_, wanted, ended) => {
    const verified = await struckWorld.verify({ ...wanted, face: {} }, mute('id-card-emblem'));
    expect(statuses(verified.view).slice(1)).toEqual([`id-card-emblem: ${ended}`, 'face: skipped']);
    expect(objections(verified.decision)).toEqual(['document-expired id-card-emblem expired decline']);
    expect([verified.decision.verdict, verified.calls]).toEqual(['declined', { 'id-card-ocr': 2 }]);
    expect(await declining(verified.id)).toEqual(['id-card-emblem']);
  });

  it.each<[StepName, object, string]>([
    ['face', { ...card, face: { code: '66660004' } }, 'no-match face not-same-person decline'],
    ['id-card-emblem', expired, 'document-expired id-card-emblem expired decline'],
    ['id-card-emblem', refused, 'document-expired id-card-emblem expired decline'],
  ])('stops what continues its verification as well: %s', async (step, wanted, why) => {
    const first = await struckWorld.verify(wanted, mute(step));
    expect([first.decision.verdict, objections(first.decision)]).toEqual(['declined', [why]]);
    const plan = await verifier.plan({ video: {} }, continuing(first.id));
    const before = world.calls().length;
    const second = await verifier.verify(plan);
    expect([second.decision.verdict, objections(second.decision)]).toEqual(['declined', [why]]);
    expect([statuses(second.view).at(-1), verifier.callsSince(before)]).toEqual(['liveness: skipped', {}]);
  });

  it('is no obstacle once it is repeated', async () => {
    const first = await struckWorld.verify({ ...card, face: { code: '66660004' } }, mute('face'));
    const second = await verifier.verify(await verifier.plan({ face: {}, video: {} }, continuing(first.id)));
    expect([second.decision.verdict, objections(second.decision)]).toEqual(['approved', []]);
  });
});

describe('what a decision notes of its steps', () => {
  it('is nothing of those that do not decline', async () => {
    const approved = await struckWorld.verify({ ...card, face: {} });
    const reviewed = await struckWorld.verify(
      { ...card, portrait: { multiWarning: '01000000' } },
      mute('id-card-portrait'),
    );
    expect([approved.decision.verdict, reviewed.decision.verdict]).toEqual(['approved', 'review']);
    for (const { id } of [approved, reviewed]) expect(await declining(id)).toEqual([]);
  });

  it('takes back nothing that a step has said: its result may be gone by then', async () => {
    const { id, decision } = await struckWorld.verify({ ...expired, face: {} }, (task, invoke) => {
      if (task.step === 'decide') world.bucket.delete(`sealed/${[...world.executions.keys()].at(-1)}/id-card-emblem`);
      return invoke();
    });
    expect([decision.verdict, await declining(id)]).toEqual(['review', ['id-card-emblem']]);
    const second = await verifier.verify(await verifier.plan({ video: {} }, continuing(id)));
    expect(statuses(second.view).at(-1)).toBe('liveness: skipped');
  });
});

it('shows no personal value to anybody', async () => {
  expect(await exposed(world, verifier)).toEqual([]);
});
