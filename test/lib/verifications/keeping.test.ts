import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localStage } from '../../../infra/stages.ts';
import { steps } from '../../../lib/verifications/checks.ts';
import { knownWarnings, ruleMeanings } from '../../../lib/verifications/policy.ts';
import { createVerifier, everything, filesOf, unseen, type Verifier } from '../../support/verification.ts';
import { exposed, itemsOf } from '../../support/verification-sinks.ts';
import { createWorld, type World } from '../../support/world.ts';

const retention = 400;
let world: World;
let verifier: Verifier;
let ids: string[];
beforeAll(async () => {
  const { approval } = localStage({ profile: 'tencentcloud', appId: 'TIDATEST' });
  world = await createWorld({ policy: { approval, decisionRetentionDays: retention } });
  verifier = createVerifier(world);
  const small = { portrait: {}, emblem: {} };
  const first = await verifier.verify(await verifier.plan({ ...everything, portrait: { multiWarning: '01100000' } }));
  const second = await verifier.verify(await verifier.plan({ face: {} }, { continues: first.id }));
  const third = await verifier.verify(
    await verifier.plan({ ...small, consent: {}, face: {}, fallback: {} }, {}, unseen),
  );
  const fourth = await verifier.verify(await verifier.plan({ ...small, emblem: { code: '66661003' }, face: {} }));
  ids = [first, second, third, fourth].map(({ id }) => id);
});
afterAll(() => world.stop());

type Check = (value: unknown) => boolean;
const isText =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === 'string' && pattern.test(value);
const isOneOf =
  (...values: unknown[]): Check =>
  (value) =>
    values.includes(value);
const isTime: Check = (value) => typeof value === 'number' && value > Date.parse('2026-01-01') && value < 2e12;
const isNumber: Check = (value) => typeof value === 'number' && value >= 0;
const isList =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const isHash = isText(/^[0-9a-f]{64}$/);
const isId = isText(/^[A-Za-z0-9]{1,32}$/);
const isSlug = isText(/^[a-z0-9]+(-[a-z0-9]+)*$/);
const isIsoTime = isText(/^2026-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00$/);
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || value === undefined || check(value);

/** Whether an object has these members and no other. */
const isExactly =
  (members: Readonly<Record<string, Check>>): Check =>
  (value) => {
    if (typeof value !== 'object' || value === null) return false;
    const unknown = Object.keys(value).filter((key) => !Object.hasOwn(members, key));
    const wrong = Object.keys(members).filter((key) => !members[key]!((value as Record<string, unknown>)[key]));
    if (unknown.length + wrong.length > 0) throw new Error(`unknown: ${unknown.join()}; wrong: ${wrong.join()}`);
    return true;
  };

const isStep = isOneOf(...steps.map(({ name }) => name));
const isCheck = isOneOf(...steps.map(({ check }) => check));
const state = {
  subject: orNull(isHash),
  step: isStep,
  check: isCheck,
  orderNo: orNull(isId),
  status: isOneOf('succeeded', 'skipped', 'incomplete', 'rejected', 'unknown'),
  outcome: orNull(isSlug),
  reason: orNull(isSlug),
  billed: isOneOf('yes', 'no', 'unknown'),
  upstream: orNull(
    isExactly({
      code: isText(/^-?\d{1,12}$/),
      bizSeqNo: orNull(isText(/^[A-Za-z0-9]{1,64}$/)),
      profile: isOneOf('tencentcloud'),
      at: orNull(isIsoTime),
    }),
  ),
  declines: isOneOf(true, false),
};
const verdicts = isOneOf('approved', 'review', 'declined');
const effects = isOneOf('approve', 'review', 'decline');
/** Everything that a record may hold: ids, codes, slugs, hashes, scores and times. */
const record = isExactly({
  orderNo: isText(/^verification#[A-Za-z0-9]{1,32}$/),
  verificationId: isId,
  caller: isText(/^arn:aws:sts::000000000000:assumed-role\/alice$/),
  fingerprint: isHash,
  subject: orNull(isHash),
  createdAt: isTime,
  rootAt: isTime,
  launchedAt: isTime,
  endedAt: isTime,
  continues: orNull(isId),
  planned: isList(isExactly({ step: isStep, check: isCheck, orderNo: orNull(isId) })),
  inherited: isList(isExactly({ ...state, sealedBy: isId })),
  media: isList(isText(/^[A-Za-z0-9]{32}$/)),
  ...Object.fromEntries(steps.map(({ name }) => [`step_${name.replaceAll('-', '_')}`, orNull(isExactly(state))])),
  decision: isExactly({
    verdict: verdicts,
    policyVersion: isText(/^\d+-[0-9a-f]{12}$/),
    rules: isList(
      isExactly({
        rule: isOneOf(...Object.keys(ruleMeanings)),
        step: orNull(isStep),
        value: orNull(
          (value) =>
            isNumber(value) ||
            isSlug(value) ||
            isText(/^[a-zA-Z|]+$/)(value) ||
            knownWarnings.includes(value as string),
        ),
        threshold: orNull(isNumber),
        effect: effects,
      }),
    ),
  }),
  version: isNumber,
  ttl: isNumber,
});

describe('the record of a verification', () => {
  it('holds ids, codes, hashes, numbers and times, and nothing else', async () => {
    const items = await itemsOf(world);
    const own = items.filter(({ orderNo }) => String(orderNo).startsWith('verification#'));
    expect(own.map(({ verificationId }) => String(verificationId)).sort()).toEqual([...ids].sort());
    for (const item of own) expect(record(item)).toBe(true);
  });

  it('of which every member is known is one that the check would refuse to have another', async () => {
    const [item] = (await itemsOf(world)).filter(({ orderNo }) => orderNo === `verification#${ids[0]}`);
    expect(() => record({ ...item, name: 'x' })).toThrow('unknown: name');
    expect(() => record({ ...item, subject: '990101199203040072' })).toThrow('wrong: subject');
    const { step_face: face } = item as { step_face: object };
    expect(() => record({ ...item, step_face: { ...face, result: {} } })).toThrow('unknown: result');
  });

  it('stays for as long as the stage says', async () => {
    const items = await itemsOf(world);
    for (const { orderNo, createdAt, ttl } of items) {
      if (!String(orderNo).startsWith('verification#')) continue;
      expect(ttl).toBe(Math.ceil(Number(createdAt) / 1000) + retention * 86_400);
    }
  });
});

describe('whoever starts or decides a verification', () => {
  it('writes nothing but verifications and files: their functions may not', async () => {
    const { client } = world;
    const send = client.send;
    const written: string[] = [];
    const watched = async (work: () => Promise<unknown>) => {
      Object.assign(client, {
        send: (command: { input: { UpdateExpression?: string; Key?: { orderNo: { S: string } } } }) => {
          const { UpdateExpression, Key } = command.input;
          if (UpdateExpression !== undefined) written.push(Key!.orderNo.S.replace(/#.*/, ''));
          return (send as (given: unknown) => Promise<unknown>).call(client, command);
        },
      });
      return work().finally(() => void Object.assign(client, { send }));
    };
    const plan = await verifier.plan(everything);
    await watched(() => verifier.start(plan));
    expect([...new Set(written.splice(0))].sort()).toEqual(['media', 'verification']);
    await verifier.run(plan.verificationId, ({ step }, invoke) => (step === 'decide' ? watched(invoke) : invoke()));
    expect([...new Set(written)].sort()).toEqual(['media', 'verification']);
  });
});

describe('what is shown of a verification', () => {
  it('has these members, and results only where they are asked for', async () => {
    const { body, headers } = await verifier.show(ids[1]!);
    expect(headers['cache-control']).toBe('no-store');
    expect(Object.keys(body).sort()).toEqual(['continues', 'decision', 'status', 'steps', 'verificationId']);
    for (const step of body.steps) {
      expect(Object.keys(step)).toEqual([
        'step',
        'check',
        'orderNo',
        'status',
        'outcome',
        'reason',
        'billed',
        'upstream',
      ]);
    }
    const { body: whole } = await verifier.show(ids[1]!, { results: 'true' });
    for (const step of whole.steps) expect([step.step, typeof step.result]).toEqual([step.step, 'object']);
    expect((await verifier.show(ids[1]!, { results: 'false' })).body).toEqual(body);
  });

  it('is what runs, while it runs', async () => {
    const plan = await verifier.plan({ consent: {}, bankCard: {}, face: {} });
    const { verificationId: id } = plan;
    await verifier.start(plan);
    const shown: string[][] = [];
    await verifier.run(id, async ({ step }, invoke) => {
      const { body } = await verifier.show(id);
      shown.push([step, body.status, ...body.steps.map(({ status }: { status: string }) => status)]);
      expect(body.decision).toBeUndefined();
      return invoke();
    });
    expect(shown).toEqual([
      ['consent-check', 'running', 'pending', 'pending', 'pending'],
      ['bank-card', 'running', 'succeeded', 'pending', 'pending'],
      ['face', 'running', 'succeeded', 'succeeded', 'pending'],
      ['decide', 'running', 'succeeded', 'succeeded', 'succeeded'],
    ]);
  });

  it('is a step under way', async () => {
    const plan = await verifier.plan({ face: {} });
    const { verificationId: id } = plan;
    await verifier.start(plan);
    let during: unknown;
    const { upstream } = world.context;
    const { send } = upstream;
    upstream.send = async (request, ...rest) => {
      during = (await verifier.show(id)).body.steps[0];
      return send(request, ...rest);
    };
    await verifier.run(id).finally(() => {
      upstream.send = send;
    });
    expect(during).toMatchObject({ step: 'face', status: 'running', outcome: null, billed: 'unknown' });
  });

  it.each([
    [{ results: 'maybe' }, 400, '/results'],
    [{ color: 'red' }, 400, '/color'],
  ])('is nothing for %j', async (query, status, pointer) => {
    const { status: answered, body } = await verifier.show(ids[0]!, query as never);
    expect([answered, body.errors[0].pointer]).toEqual([status, pointer]);
  });

  it('is nothing for a number that is none', async () => {
    expect((await verifier.show('a-b')).status).toBe(404);
  });
});

describe('as time goes by', () => {
  it('a verification without a decision has failed after 35 minutes, and its files go', async () => {
    const plan = await verifier.plan({ bankCard: {} });
    const { verificationId: id } = plan;
    await verifier.start(plan);
    const status = async () => (await verifier.show(id)).body.status;
    world.clock += 35 * 60_000;
    expect(await status()).toBe('running');
    world.clock += 1;
    expect([await status(), verifier.left(plan)]).toEqual(['failed', filesOf(plan).length]);
    await verifier.pass(2);
    expect(verifier.left(plan)).toBe(0);
    // A decision that comes late is one all the same.
    await verifier.run(id);
    expect(await status()).toBe('completed');
  });

  it('files for a person to look at are kept for their day', async () => {
    const plan = await verifier.plan({ bankCard: {} });
    const { decision } = await verifier.verify(plan);
    await verifier.skip(23);
    await verifier.pass(1);
    expect([decision.verdict, verifier.left(plan)]).toEqual(['review', 1]);
    await verifier.skip(1);
    await verifier.pass(2);
    expect(verifier.left(plan)).toBe(0);
  });

  it('results are gone after a day, of the whole chain, and the decision stays', async () => {
    const first = await verifier.verify(await verifier.plan({ bankCard: {} }));
    await verifier.skip(20);
    const second = await verifier.verify(await verifier.plan({ face: {} }, { continues: first.id }));
    expect((await verifier.show(second.id, { results: 'true' })).status).toBe(200);
    await verifier.skip(4);
    for (const { id, view } of [first, second]) {
      const { status, body } = await verifier.show(id, { results: 'true' });
      expect([status, body.type, body.billed]).toEqual([410, 'urn:signet:problem:result-expired', 'no']);
      expect((await verifier.show(id)).body).toEqual(view);
    }
  });
});

it('shows no personal value to anybody', async () => {
  expect(await exposed(world, verifier)).toEqual([]);
});
