import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localStage } from '../../../infra/stages.ts';
import { profiles } from '../../../lib/profiles.ts';
import { leaksOf } from '../../support/leaks.ts';
import { createVerifier, filesOf, other, personal, somebody, type Verifier } from '../../support/verification.ts';
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

describe('a plan that cannot work', () => {
  const media = async (): Promise<{ mediaId: string }> => verifier.stage('photo');
  type Plan = Record<string, unknown> & { checks?: unknown };
  type Case = [what: string, make: () => Promise<Plan> | Plan, errors: string[], problem?: string, status?: number];
  const subject = somebody;
  const face = async (more: object = {}) => ({ face: { photo: await media(), ...more } });
  const withFace = (photo: unknown): Plan => ({ subject, checks: { face: { photo } } });

  const ofForm: Case[] = [
    ['nothing', () => ({}), ['/checks required']],
    ['no check', () => ({ checks: {} }), ['/checks empty']],
    ['checks that are a list', () => ({ checks: [] }), ['/checks type']],
    ['an unknown key', async () => ({ subject, checks: await face(), color: 'red' }), ['/color unknown']],
    ['an unknown check', async () => ({ subject, checks: { ...(await face()), iris: {} } }), ['/checks/iris unknown']],
    [
      'an unknown field',
      async () => ({ subject, checks: await face({ side: 'left' }) }),
      ['/checks/face/side unknown'],
    ],
    [
      'a number that is none',
      async () => ({ verificationId: 'a-b', continues: '', subject, checks: await face() }),
      ['/verificationId pattern', '/continues empty'],
    ],
    [
      'a name without a number',
      async () => ({ subject: { name: somebody.name }, checks: await face() }),
      ['/subject/idNo required'],
    ],
    [
      'a wrong check digit',
      async () => ({ subject: { ...somebody, idNo: '990101199203040073' }, checks: await face() }),
      ['/subject/idNo check-digit'],
    ],
    ['an empty subject', async () => ({ subject: {}, checks: await face() }), ['/subject one-of']],
    ['nobody', async () => ({ checks: await face() }), ['/subject required']],
    [
      'nobody but a user number',
      async () => ({ subject: { userId: 'canary1' }, checks: await face() }),
      ['/subject required'],
    ],
    ['consent of nobody', () => ({ checks: { consent: {} } }), ['/subject required']],
    [
      'consent of whom only the card will tell',
      async () => ({ checks: { consent: {}, idCard: { portrait: await media() } } }),
      ['/subject required'],
    ],
    [
      'a face that only the back of a card could tell',
      async () => ({ checks: { ...(await face()), idCard: { emblem: await media() } } }),
      ['/subject required'],
    ],
    [
      'a video of whom only the card will tell',
      async () => ({
        checks: {
          idCard: { portrait: await media() },
          liveness: { orderNo: await verifier.challenge(), video: await verifier.stage('video') },
        },
      }),
      ['/subject required'],
    ],
    ['a card without a side', () => ({ subject, checks: { idCard: {} } }), ['/checks/idCard one-of']],
    [
      'a fallback of no kind',
      async () => ({ subject, checks: await face({ fallbackPhoto: await media() }) }),
      ['/checks/face/fallbackPhotoType required'],
    ],
    [
      'a video without its challenge',
      async () => ({ subject, checks: { liveness: { video: await verifier.stage('video') } } }),
      ['/checks/liveness/orderNo required'],
    ],
    ['inline media', () => withFace({ base64: '/9j/4AAQ' }), ['/checks/face/photo/base64 not-staged']],
    ['a mediaId that is none', () => withFace({ mediaId: '../plan' }), ['/checks/face/photo/mediaId pattern']],
  ];

  const ofChallenges: Case[] = [
    ['unknown', async () => ({ subject, checks: { liveness: await film('NOSUCH') } }), ['no-challenge']],
    [
      'expired',
      async () => {
        const orderNo = await verifier.challenge();
        world.clock += 301_000;
        return { subject, checks: { liveness: await film(orderNo) } };
      },
      ['no-challenge'],
    ],
    [
      'foreign',
      async () => {
        const { body } = await world.post(
          'liveness-challenge',
          { name: somebody.name, idNo: somebody.idNo },
          'mallory',
        );
        return { subject, checks: { liveness: await film(body.orderNo) } };
      },
      ['no-challenge'],
    ],
    [
      'spent',
      async () => {
        const plan = await verifier.plan({ video: {} });
        await verifier.verify(plan);
        const { orderNo } = (plan.checks as { liveness: { orderNo: string } }).liveness;
        return { subject, checks: { liveness: await film(orderNo) } };
      },
      ['no-challenge'],
    ],
    [
      'of another operation',
      async () => {
        const { body } = await world.post('driver-license-ocr', {
          photo: { base64: '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBD' },
        });
        return { subject, checks: { liveness: await film(body.orderNo) } };
      },
      ['no-challenge'],
    ],
    [
      'of somebody else',
      async () => ({ subject, checks: { liveness: await film(await verifier.challenge(other)) } }),
      ['other-person'],
    ],
  ].map(([what, make, errors]) => [
    `a challenge that is ${String(what)}`,
    make,
    [`/checks/liveness/orderNo ${(errors as string[])[0]}`],
  ]) as Case[];
  const film = async (orderNo: string) => ({ orderNo, video: await verifier.stage('video') });

  const invalid = (rule: string): [string[], string, number] => [
    [`/checks/face/photo/mediaId ${rule}`],
    'media-invalid',
    422,
  ];
  const ofMedia: Case[] = [
    ['a file that nobody staged', () => withFace({ mediaId: 'a'.repeat(32) }), ...invalid('unknown-media')],
    ['a foreign file', async () => withFace(await verifier.stage('photo', {}, 'mallory')), ...invalid('unknown-media')],
    [
      'a file of yesterday',
      async () => {
        const photo = await media();
        await verifier.skip(24);
        return withFace(photo);
      },
      ...invalid('expired'),
    ],
    [
      'a file that was never uploaded',
      async () => {
        const { body } = await world.grant({ contentType: 'image/jpeg', size: 100 });
        return withFace({ mediaId: body.mediaId });
      },
      ...invalid('not-uploaded'),
    ],
    ['a file of another kind', async () => withFace(await verifier.stage('agreement')), ...invalid('media-type')],
    [
      'a file that is too large',
      async () => {
        const photo = await world.stage(Buffer.concat([Buffer.from('ffd8ff', 'hex'), Buffer.alloc(2_400_000)]));
        return { checks: { bankCard: { photo } } };
      },
      ['/checks/bankCard/photo/mediaId too-large'],
      'media-invalid',
      422,
    ],
    [
      'a used file',
      async () => {
        const plan = await verifier.plan({ bankCard: {} });
        await verifier.start(plan);
        return withFace((plan.checks as { bankCard: { photo: unknown } }).bankCard.photo);
      },
      ['/checks/face/photo/mediaId used'],
      'media-used',
      409,
    ],
  ];

  /** Nothing came of it: no record, seal or execution; nothing sent, nothing bound. */
  async function nothing(plan: Plan, answer: Seen, calls: number, bound: unknown[]): Promise<void> {
    const { verificationId: id } = plan as { verificationId: string };
    expect(await world.context.verifications.read(id)).toBeNull();
    expect([...world.bucket.keys()].filter((key) => key.startsWith(`sealed/${id}/`))).toEqual([]);
    expect([world.executions.has(id), world.calls().length]).toEqual([false, calls]);
    expect(await holders(plan)).toEqual(bound);
    expect(leaksOf([{ name: 'answer', data: answer.body }], personal)).toEqual([]);
  }
  const holders = (plan: Plan) =>
    Promise.all(filesOf(plan).map(async (id) => (await world.context.staging.records.read(id))?.boundTo));

  async function refused([, make, errors, problem = 'invalid-request', status = 400]: Case, changed = {}) {
    const plan: Plan = { verificationId: verifier.fresh(), ...(await make()) };
    const [calls, bound] = [world.calls().length, await holders(plan)];
    const answer = await verifier.start(plan, 'alice', changed);
    const told = answer.body.errors?.map(({ pointer, rule }: Record<string, string>) => `${pointer} ${rule}`);
    expect([answer.status, slug(answer), told, answer.body.billed]).toEqual([status, problem, errors, 'no']);
    await nothing(plan, answer, calls, bound);
  }

  it.each([...ofForm, ...ofChallenges, ...ofMedia])('is refused: %s', async (...one) => refused(one));

  it('is refused: a page that the profile does not know', async () => {
    const make = async () => ({
      subject,
      checks: { vehicleLicense: { main: await media(), supplementary: await media() } },
    });
    await refused(['', make, ['/checks/vehicleLicense/supplementary not-in-profile']], { profile: profiles.webank });
  });

  it.each([null, [], 'plan', 7])('is refused: %j', async (plan) => {
    const { body } = await verifier.start(JSON.stringify(plan));
    expect([slug({ body } as Seen), body.errors]).toEqual(['invalid-request', [{ pointer: '', rule: 'type' }]]);
  });
});

it('shows no personal value to anybody', async () => {
  expect(await exposed(world, verifier)).toEqual([]);
});
