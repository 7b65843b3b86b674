import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localStage } from '../../../infra/stages.ts';
import {
  createVerifier,
  everything,
  filesOf,
  objections,
  other,
  somebody,
  statuses,
  unseen,
  type Verified,
  type Verifier,
  type Wanted,
} from '../../support/verification.ts';
import { exposed } from '../../support/verification-sinks.ts';
import { createWorld, type World } from '../../support/world.ts';

let world: World;
let verifier: Verifier;
beforeAll(async () => {
  const { approval } = localStage({ profile: 'tencentcloud', appId: 'TIDATEST' });
  world = await createWorld({ policy: { approval } });
  verifier = createVerifier(world);
});
afterAll(() => world.stop());

/** What holds of every verification that has ended, whatever it came to. */
async function endsProperly({ id, run, view, decision }: Verified, plan: object, own = view.steps): Promise<void> {
  expect(run.outcome).toEqual({
    status: 'SUCCEEDED',
    output: { verificationId: id, status: 'completed', verdict: decision.verdict },
  });
  expect([view.verificationId, view.status]).toEqual([id, 'completed']);
  for (const step of own) {
    const times = verifier.bought(step);
    if (step.status === 'succeeded' && step.orderNo !== null) expect([step.step, times]).toEqual([step.step, 1]);
    if (step.upstream !== null) continue;
    expect([step.step, times, step.outcome, step.billed]).toEqual([step.step, 0, null, 'no']);
  }
  const { orders, charged, refused } = world.simulator.books();
  expect(
    Object.values(orders)
      .flatMap(Object.values)
      .filter((order) => order.calls > 1),
  ).toEqual([]);
  expect(JSON.stringify(refused)).not.toContain('66660000');
  expect(Object.keys(charged).length).toBeGreaterThan(0);
  expect(verifier.told(id)).toEqual([
    {
      detailType: 'Signet Verification Completed',
      detail: expect.objectContaining({
        verificationId: id,
        verdict: decision.verdict,
        policyVersion: decision.policyVersion,
        // Each is named once, however many steps it is about.
        rules: [...new Set(decision.rules.filter(({ effect }) => effect !== 'approve').map(({ rule }) => rule))],
        at: expect.stringMatching(/^2026-01-\d\dT.*\+08:00$/),
      }),
    },
  ]);
  expect(verifier.left(plan)).toBe(decision.verdict === 'review' ? filesOf(plan).length : 0);
}

const approved = [
  'consent-record: succeeded recorded',
  'id-card-portrait: succeeded read',
  'id-card-emblem: succeeded read',
  'bank-card: succeeded read',
  'driver-license: succeeded read',
  'vehicle-license-main: succeeded read',
  'vehicle-license-supplementary: succeeded read',
  'face: succeeded match',
  'liveness: succeeded match',
];
/** The usual verification: consent, card, face and video. */
const usual: Wanted = { agreement: {}, portrait: {}, emblem: {}, face: {}, video: {} };
const usually = approved.filter((line) => !/bank|license/.test(line));
/** The usual end of the steps but for some. */
const but = (...lines: string[]): string[] =>
  usually.map((line) => lines.find((one) => one.split(':')[0] === line.split(':')[0]) ?? line);

type Case = [title: string, wanted: Wanted, verdict: string, why: string[], ends: string[], who?: typeof other];
const cases: Case[] = [
  ['every check', everything, 'approved', [], approved],
  [
    'a face of somebody else',
    { ...usual, face: { code: '66660004' } },
    'declined',
    ['no-match face not-same-person decline'],
    but('face: succeeded no-match', 'liveness: skipped'),
  ],
  [
    'a photocopied card',
    { ...usual, portrait: { multiWarning: '01000000' } },
    'review',
    ['document-warning id-card-portrait photocopy review'],
    usually,
  ],
  [
    'an expired card',
    { ...usual, emblem: { validDate: '20100101-20200101' } },
    'declined',
    ['document-expired id-card-emblem expired decline'],
    but('face: skipped', 'liveness: skipped'),
  ],
  [
    'a card that the upstream refuses as expired',
    { ...usual, emblem: { code: '66661003' } },
    'declined',
    ['document-expired id-card-emblem expired decline'],
    but('id-card-emblem: rejected', 'face: skipped', 'liveness: skipped'),
  ],
  [
    'another name on the card',
    { ...usual, portrait: { name: other.name } },
    'review',
    ['name-differs id-card-portrait differs review'],
    usually,
  ],
  [
    'another number on the card',
    { ...usual, portrait: { idcard: other.idNo } },
    'review',
    ['number-differs id-card-portrait differs review'],
    usually,
  ],
  [
    'the vehicle of somebody else',
    { ...usual, vehicle: { owner: other.name } },
    'review',
    ['owner-differs vehicle-license-main differs review'],
    approved.filter((line) => !/bank|driver|supplementary/.test(line)),
  ],
  [
    'a face that is not quite alike',
    { ...usual, face: { similarity: '75' } },
    'review',
    ['similarity face 75 80 review'],
    usually,
  ],
  [
    'a person without a reference photo',
    { ...usual, video: undefined },
    'review',
    ['no-reference face no-reference-photo review'],
    but('face: succeeded no-reference').slice(0, -1),
    unseen,
  ],
  [
    'a person without a reference photo, but one of our own',
    { ...usual, video: undefined, fallback: {} },
    'review',
    ['no-reference face no-reference-photo review', 'supplied-reference face-fallback supplied review'],
    [...but('face: succeeded no-reference').slice(0, -1), 'face-fallback: succeeded match'],
    unseen,
  ],
  [
    'a photo of our own that shows somebody else',
    { ...usual, fallback: { similarity: '12' } },
    'declined',
    ['no-reference face no-reference-photo review', 'no-match face-fallback 12 70 decline'],
    but('face: succeeded no-reference', 'liveness: skipped').toSpliced(4, 0, 'face-fallback: succeeded no-match'),
    unseen,
  ],
  [
    'a photo of our own that nobody needs',
    { ...usual, fallback: {} },
    'approved',
    [],
    usually.toSpliced(4, 0, 'face-fallback: skipped'),
  ],
  [
    'a number unknown to the authority',
    { ...usual, face: { code: '66660024' } },
    'declined',
    ['identity-not-found face identity-not-found decline'],
    but('face: succeeded identity-not-found', 'liveness: skipped'),
  ],
  [
    'a name that does not belong to the number',
    { ...usual, face: { code: '66660010' } },
    'declined',
    ['identity-mismatch face identity-mismatch decline'],
    but('face: succeeded identity-mismatch', 'liveness: skipped'),
  ],
  [
    'a suspected spoof',
    { ...usual, video: { code: '66660023' } },
    'declined',
    ['not-live liveness spoof-suspected decline'],
    but('liveness: succeeded not-live'),
  ],
  [
    'a person without attempts',
    { ...usual, face: { code: '66660017' } },
    'review',
    ['person-limit face subject-limit review'],
    but('face: rejected'),
  ],
  [
    'a card that nobody can read',
    { ...usual, portrait: { code: '66661008' } },
    'review',
    ['step-incomplete id-card-portrait document-unreadable review'],
    but('id-card-portrait: rejected'),
  ],
  [
    'no consent',
    { portrait: {}, emblem: {}, face: {} },
    'review',
    ['check-missing all consent review'],
    usually.slice(1, 4),
  ],
  [
    'neither face nor video',
    { agreement: {}, portrait: {}, emblem: {} },
    'review',
    ['check-missing all face|liveness review'],
    usually.slice(0, 3),
  ],
  [
    'one side of the card',
    { agreement: {}, portrait: {}, face: {} },
    'review',
    ['side-missing id-card-portrait id-card-emblem review'],
    but().filter((line) => !/emblem|liveness/.test(line)),
  ],
];

describe('a verification with', () => {
  it.each(cases)('%s', async (_title, wanted, verdict, why, ends, who) => {
    const plan = await verifier.plan(wanted, {}, who);
    const verified = await verifier.verify(plan);
    const { view, decision } = verified;
    expect([decision.verdict, objections(decision), statuses(view)]).toEqual([verdict, why, ends]);
    await endsProperly(verified, plan);
  });
});

describe('consent', () => {
  const missing = { subject: { ...somebody, userId: 'sim66662001' } };

  it('that is not on record declines, and nothing else is sent', async () => {
    const plan = await verifier.plan({ ...usual, agreement: undefined, consent: {} }, missing);
    const before = world.calls().length;
    const verified = await verifier.verify(plan);
    const { view, decision } = verified;
    expect([decision.verdict, objections(decision)]).toEqual([
      'declined',
      ['not-authorized consent-check not-authorized decline'],
    ]);
    expect(statuses(view)).toEqual([
      'consent-check: succeeded not-authorized',
      ...usually.slice(1).map((line) => `${line.split(':')[0]}: skipped`),
    ]);
    expect(verifier.callsSince(before)).toEqual({ 'consent-check': 1 });
    await endsProperly(verified, plan);
  });

  it('that is on record allows everything else', async () => {
    await verifier.verify(await verifier.plan({ agreement: {} }));
    const verified = await verifier.verify(await verifier.plan({ ...usual, agreement: undefined, consent: {} }));
    expect([verified.decision.verdict, verified.view.steps[0]]).toMatchObject([
      'approved',
      // It asks and leaves no order.
      { step: 'consent-check', orderNo: null, status: 'succeeded', outcome: 'authorized', billed: 'no' },
    ]);
  });

  it('of somebody else under the same user number is none', async () => {
    const userId = 'shared1';
    await verifier.verify(await verifier.plan({ agreement: {} }, { subject: { ...other, userId } }));
    const before = world.calls().length;
    const plan = await verifier.plan({ consent: {}, face: {} }, { subject: { ...somebody, userId } });
    const { decision } = await verifier.verify(plan);
    expect([decision.verdict, verifier.callsSince(before)]).toEqual(['declined', { 'consent-check': 1 }]);
  });
});

describe('a subject that only the card tells', () => {
  it('is who is checked', async () => {
    const { userId } = somebody;
    const plan = await verifier.plan({ agreement: {}, portrait: {}, emblem: {}, driverLicense: {}, face: {} });
    const verified = await verifier.verify({ ...plan, subject: { userId } } as never);
    expect([verified.decision.verdict, objections(verified.decision)]).toEqual(['approved', []]);
    await endsProperly(verified, plan);
  });

  it('without a number in capital letters', async () => {
    const idcard = '99010119900101006x';
    const plan = await verifier.plan({ portrait: { idcard }, face: {} });
    const { view } = await verifier.verify({ ...plan, subject: undefined } as never);
    expect(statuses(view)).toEqual(['id-card-portrait: succeeded read', 'face: succeeded identity-mismatch']);
  });

  it.each([
    ['a card that cannot be read', { code: '66661008' }, 'id-card-portrait: rejected', 'subject-unknown'],
    ['a card without a number', { drop: 'idcard' }, 'id-card-portrait: succeeded read', 'subject-unknown'],
    ['a number that is none', { idcard: '990101199001010018' }, 'id-card-portrait: succeeded read', 'invalid-request'],
  ])('is nobody after %s: no face is sent', async (_title, portrait, ends, reason) => {
    const plan = await verifier.plan({ portrait, face: {} });
    const before = world.calls().length;
    const verified = await verifier.verify({ ...plan, subject: undefined } as never);
    const { view } = verified;
    expect(statuses(view)).toEqual([ends, 'face: incomplete']);
    expect(view.steps[1]).toMatchObject({ reason, billed: 'no' });
    expect(verifier.callsSince(before)).toEqual({ 'id-card-ocr': 1 });
    await endsProperly(verified, plan);
  });
});

describe('one file', () => {
  it('may serve several checks', async () => {
    const plan = await verifier.plan({ agreement: {}, portrait: {}, emblem: {}, face: {} }, {}, unseen);
    const { idCard, face } = plan.checks as Record<string, Record<string, unknown>>;
    const fallback = { ...face, fallbackPhoto: idCard!.portrait, fallbackPhotoType: 'mesh' };
    const shared = { ...plan, checks: { ...plan.checks, face: fallback } };
    const { view } = await verifier.verify(shared);
    expect(statuses(view).at(-1)).toBe('face-fallback: succeeded match');
    expect(verifier.left(shared)).toBe(4);
  });
});

it('shows no personal value to anybody', async () => {
  expect(await exposed(world, verifier)).toEqual([]);
});
