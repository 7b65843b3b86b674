import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UpstreamFailure } from '#signing';
import { operations } from '../../../lib/operations/index.ts';
import { bytesOf } from '../../support/body.ts';
import { createWorld, marked, media, person, type World } from '../../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.stop());

let count = 0;
const fresh = () => {
  count += 1;
  return `F${count}`;
};
const face = (orderNo: string, more: object = {}) => ({ ...person, photo: media.photo, orderNo, ...more });
const slug = (body: { type: string }) => body.type.replace('urn:signet:problem:', '');

async function callsOf<T>(work: () => Promise<T>): Promise<[T, number]> {
  const before = world.calls().length;
  const result = await work();
  return [result, world.calls().length - before];
}

/** Replaces the next answers of the upstream. */
function answering(...answers: (string | UpstreamFailure | { status: number; body: string })[]): void {
  const { upstream } = world.context;
  const real = upstream.send;
  upstream.send = async (request) => {
    const next = answers.shift();
    if (answers.length === 0) upstream.send = real;
    world.sent.push(request);
    if (next instanceof UpstreamFailure) throw next;
    const { status, body } = typeof next === 'string' ? { status: 200, body: next } : next!;
    return { status, body: Buffer.from(body) };
  };
}

describe('answers that prove nothing', () => {
  const faults: [string, Parameters<typeof answering>[0], number, string][] = [
    ['silence', new UpstreamFailure('timeout', 'DEADLINE'), 504, 'upstream-timeout'],
    ['a reset', new UpstreamFailure('broken', 'ECONNRESET'), 504, 'upstream-timeout'],
    ['a cut answer', new UpstreamFailure('broken', 'ANSWER_CUT'), 502, 'upstream-invalid-response'],
    [
      'garbage instead of HTTP',
      new UpstreamFailure('broken', 'HPE_INVALID_CONSTANT'),
      502,
      'upstream-invalid-response',
    ],
    ['HTML', '<html>busy</html>', 502, 'upstream-invalid-response'],
    ['a server error', { status: 502, body: '{"code":"0"}' }, 502, 'upstream-invalid-response'],
    ['a bare 429', { status: 429, body: '' }, 502, 'upstream-invalid-response'],
    ['no code', '{"msg":"ok","result":{"similarity":"90"}}', 502, 'upstream-invalid-response'],
    ['a code that is an object', '{"code":{"0":0}}', 502, 'upstream-invalid-response'],
    ['an array', '[]', 502, 'upstream-invalid-response'],
    [
      'the echo of another order',
      '{"code":"0","result":{"orderNo":"SOMEONEELSE","similarity":"99"}}',
      502,
      'upstream-invalid-response',
    ],
    ['success without any value', '{"code":"0","msg":"ok"}', 502, 'upstream-invalid-response'],
    ['an internal error of its own', '{"code":"999999","msg":"x"}', 504, 'upstream-timeout'],
  ];
  it.each(faults)('%s: unknown, never failed, never sent again', async (_, answer, status, problem) => {
    const orderNo = fresh();
    answering(answer);
    const [first, sends] = await callsOf(() => world.post('face-verify', face(orderNo)));
    expect([first.status, slug(first.body), first.body.billed, sends]).toEqual([status, problem, 'unknown', 1]);
    expect(first.body.retry.sameOrder).toBe(true);
    expect((await world.order(orderNo)).body).toMatchObject({ state: 'unknown', billed: 'unknown', outcome: null });
    const [again, more] = await callsOf(() => world.post('face-verify', face(orderNo)));
    expect([again.status, slug(again.body), more]).toEqual([409, 'order-outcome-unknown', 0]);
  });
});

describe('nothing was sent', () => {
  it('tries a refused connection three times, then lets the same order run again', async () => {
    const orderNo = fresh();
    const refused = () => new UpstreamFailure('not-sent', 'ECONNREFUSED');
    answering(refused(), refused(), refused());
    const [first, tries] = await callsOf(() => world.post('face-verify', face(orderNo)));
    expect([first.status, slug(first.body), first.body.billed, tries]).toEqual([503, 'upstream-unreachable', 'no', 3]);
    expect(first.headers['retry-after']).toBe('10');
    expect((await world.order(orderNo)).body).toMatchObject({ state: 'not-processed', billed: 'no' });
    expect((await world.post('face-verify', face(orderNo))).body.outcome).toBe('match');
  });

  it('refuses without enough time, unless the order exists', async () => {
    const orderNo = fresh();
    const short = await world.post('face-verify', face(orderNo), 'alice', 10_000);
    expect([short.status, slug(short.body), short.body.billed]).toEqual([503, 'insufficient-time', 'no']);
    expect((await world.order(orderNo)).status).toBe(404);
    await world.post('face-verify', face(orderNo));
    const replayed = await world.post('face-verify', face(orderNo), 'alice', 10_000);
    expect([replayed.status, replayed.headers['idempotent-replayed']]).toEqual([200, 'true']);
  });

  it('does not send when the ledger cannot be written', async () => {
    const { ledger } = world.context;
    const { claim } = ledger;
    ledger.claim = async () => {
      throw new Error(`secret ${person.idNo}`);
    };
    const [down, sends] = await callsOf(() => world.post('face-verify', face(fresh())));
    ledger.claim = claim;
    expect([down.status, slug(down.body), down.body.billed, sends]).toEqual([503, 'ledger-unavailable', 'no', 0]);
  });
});

describe('the end cannot be written', () => {
  it('returns the true answer all the same and says so in the log', async () => {
    const orderNo = fresh();
    const { ledger } = world.context;
    const { end } = ledger;
    ledger.end = async () => {
      throw new Error('down');
    };
    const { status, body } = await world.post('face-verify', face(orderNo));
    ledger.end = end;
    expect([status, body.outcome, body.billed]).toEqual([200, 'match', 'yes']);
    expect(world.lines.some((line) => line.includes('order-end-not-persisted') && line.includes(orderNo))).toBe(true);
    expect((await world.order(orderNo)).body).toMatchObject({ state: 'sent', billed: 'unknown' });
  });
});

describe('codes', () => {
  const codes: [string, number, string, object][] = [
    ['66660004', 200, 'succeeded', { outcome: 'no-match', reason: 'not-same-person', billed: 'yes' }],
    ['66660010', 200, 'succeeded', { outcome: 'identity-mismatch', reason: 'identity-mismatch', billed: 'yes' }],
    ['66660024', 200, 'succeeded', { outcome: 'identity-not-found', billed: 'no' }],
    ['66660005', 200, 'succeeded', { outcome: 'no-reference', billed: 'no' }],
    ['66660007', 200, 'succeeded', { outcome: 'refused', billed: 'no' }],
    ['66660023', 200, 'succeeded', { outcome: 'not-live', reason: 'spoof-suspected', billed: 'no' }],
    ['66660042', 422, 'rejected', { reason: 'blurred', action: 'retake', billed: 'no' }],
    [
      '66660017',
      429,
      'rejected',
      { action: 'try-tomorrow', billed: 'no', retry: { sameOrder: false, afterSeconds: 86_400 } },
    ],
    ['400506', 429, 'rejected', { reason: 'throttled', billed: 'no' }],
    ['400103', 502, 'rejected', { billed: 'no' }],
    ['12345678', 502, 'rejected', { reason: 'unlisted', billed: 'unknown' }],
  ];
  it.each(codes)('%s ends the order once and says the same again', async (code, status, state, facts) => {
    const orderNo = fresh();
    const request = face(orderNo, { name: `模拟${code}` });
    const first = await world.post('face-verify', request);
    expect(first.status).toBe(status);
    expect(first.body).toMatchObject({ ...facts, upstream: { code, profile: 'tencentcloud' } });
    expect((await world.order(orderNo)).body.state).toBe(state);
    const [again, sends] = await callsOf(() => world.post('face-verify', request));
    expect(sends).toBe(0);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(again.body).toEqual(first.body);
  });

  it('needs a score of the stage, not only code 0, to match two photos', async () => {
    const compare = (score: string) => ({
      ...person,
      photo: marked(`similarity=${score}`),
      sourcePhoto: media.sourcePhoto,
      sourcePhotoType: 'hd',
    });
    const outcomes = [];
    for (const score of ['70', '69.99', 'n/a']) {
      const { body } = await world.post('face-compare', compare(score));
      outcomes.push([body.outcome, body.reason, body.result.similarity, body.result.threshold, body.result.unparsed]);
    }
    expect(outcomes).toEqual([
      ['match', null, 70, 70, undefined],
      ['no-match', 'below-threshold', 69.99, 70, undefined],
      ['undecided', 'no-score', null, 70, { similarity: 'n/a' }],
    ]);
  });
});

describe('a refused ticket', () => {
  it('is replaced by a newer one and sent once more with a fresh nonce', async () => {
    const other = await createWorld();
    await other.post('face-verify', face(fresh()));
    // A rotation that this process has not seen: the upstream has forgotten the ticket it remembers.
    other.clock += 1_000;
    const { ticket, generation } = other.ticket()!;
    other.simulator.configure({ coexist: 0 });
    other.clock += 1_199_000;
    await other.context.tickets.read();
    await other.refresh();
    expect(other.ticket()).not.toMatchObject({ ticket });
    const orderNo = fresh();
    const before = other.calls().length;
    const { body } = await other.post('face-verify', face(orderNo));
    const sends = other.calls().slice(before);
    expect([body.outcome, sends.length]).toEqual(['match', 2]);
    const nonces = sends.map(({ body: wire }) => JSON.parse(bytesOf(wire).toString()).nonce);
    expect(new Set(nonces).size).toBe(2);
    expect((await other.context.ledger.read(orderNo))!).toMatchObject({ sends: 2, ticketGeneration: generation + 1 });
    await other.stop();
  });

  it('without a newer one ends not-processed, is reported, and the order runs after the refresh', async () => {
    const other = await createWorld();
    other.simulator.configure({ secret: 'another-secret' });
    other.clock += 61_000;
    const orderNo = fresh();
    const refused = await other.post('face-verify', face(orderNo));
    expect([refused.status, slug(refused.body), refused.body.billed]).toEqual([503, 'ticket-unavailable', 'no']);
    expect(refused.headers['retry-after']).toBe('60');
    expect((await other.order(orderNo)).body).toMatchObject({ state: 'not-processed', billed: 'no' });
    other.simulator.configure({ secret: 'synthetic-app-secret' });
    expect(await other.refresh()).toBe('suspect');
    other.clock += 25_000;
    expect((await other.post('face-verify', face(orderNo))).body.outcome).toBe('match');
    await other.stop();
  });

  it('when there is none at all leaves no order', async () => {
    const other = await createWorld();
    other.dropTicket();
    other.clock += 3_600_000;
    const orderNo = fresh();
    const { status, body } = await other.post('face-verify', face(orderNo));
    expect([status, slug(body), body.billed]).toEqual([503, 'ticket-unavailable', 'no']);
    expect((await other.order(orderNo)).status).toBe(404);
    await other.stop();
  });
});

describe('at once', () => {
  it('two hundred equal requests cause one upstream call', async () => {
    const orderNo = fresh();
    const request = face(orderNo);
    const [answers, sends] = await callsOf(() =>
      Promise.all(Array.from({ length: 200 }, () => world.post('face-verify', request))),
    );
    expect(sends).toBe(1);
    const first = answers.filter(({ status, headers }) => status === 200 && !headers['idempotent-replayed']);
    expect(first.length).toBe(1);
    for (const { status, headers, body } of answers) {
      if (status === 200) expect(body.outcome).toBe('match');
      else
        expect([status, slug(body), body.billed, headers['retry-after']]).toEqual([
          409,
          'order-in-progress',
          'unknown',
          '5',
        ]);
    }
  });
});

describe('the liveness pair', () => {
  const challenge = (orderNo: string) => ({ ...person, orderNo });
  const verify = (orderNo: string, more: object = {}) => ({ ...person, video: media.video, orderNo, ...more });

  it('shares one record, and each step answers again from it', async () => {
    const orderNo = fresh();
    const issued = await world.post('liveness-challenge', challenge(orderNo));
    expect(issued.body.result).toMatchObject({
      digits: expect.stringMatching(/^\d{4}$/),
      expiresAt: expect.any(String),
    });
    const verified = await world.post('liveness-verify', verify(orderNo));
    expect(verified.body).toMatchObject({ outcome: 'match', result: { reference: 'authority' }, billed: 'yes' });
    const [again, sends] = await callsOf(async () => [
      await world.post('liveness-challenge', challenge(orderNo)),
      await world.post('liveness-verify', verify(orderNo)),
    ]);
    expect(sends).toBe(0);
    expect(again.map(({ body }) => body)).toEqual([issued.body, verified.body]);
    expect((await world.order(orderNo)).body).toMatchObject({
      operation: 'liveness-verify',
      challenge: { result: { digits: issued.body.result.digits } },
    });
  });

  it.each<[string, (orderNo: string) => Promise<unknown>, object, number, string]>([
    ['without a challenge', async () => {}, {}, 409, 'step-out-of-order'],
    [
      'after a challenge that is too old',
      async (orderNo) => {
        await world.post('liveness-challenge', challenge(orderNo));
        world.clock += 301_000;
        await world.refresh();
      },
      {},
      409,
      'step-out-of-order',
    ],
    [
      "after another caller's challenge",
      (orderNo) => world.post('liveness-challenge', challenge(orderNo), 'mallory'),
      {},
      409,
      'step-out-of-order',
    ],
    [
      'with another ID number',
      (orderNo) => world.post('liveness-challenge', challenge(orderNo)),
      { idNo: '990101199001011011' },
      422,
      'order-payload-mismatch',
    ],
    [
      'after an order of another operation',
      (orderNo) => world.post('face-verify', face(orderNo)),
      {},
      422,
      'order-payload-mismatch',
    ],
  ])('refuses a video %s', async (_, before, more, status, problem) => {
    const orderNo = fresh();
    await before(orderNo);
    const [refused, sends] = await callsOf(() => world.post('liveness-verify', verify(orderNo, more)));
    expect([refused.status, slug(refused.body), refused.body.billed, sends]).toEqual([status, problem, 'no', 0]);
  });

  it('wants an order number', async () => {
    const { status, body } = await world.post('liveness-verify', { ...person, video: media.video });
    expect([status, slug(body)]).toEqual([400, 'order-required']);
  });

  it('a second video for the same challenge is another order', async () => {
    const orderNo = fresh();
    await world.post('liveness-challenge', challenge(orderNo));
    await world.post('liveness-verify', verify(orderNo, { name: person.name }));
    const { status } = await world.post('liveness-verify', verify(orderNo, { video: marked('x', 'video') }));
    expect(status).toBe(422);
  });
});

describe('results read later', () => {
  it('are said to be expired after three days, and an upload cannot be replayed then', async () => {
    const other = await createWorld();
    const orderNo = fresh();
    const upload = { photo: media.photo, side: 'portrait', orderNo };
    await other.post('id-card-ocr', upload);
    other.clock += 3 * 86_400_000 + 60_000;
    await other.refresh();
    expect((await other.get('id-card-result', orderNo)).body).toMatchObject({
      outcome: 'not-found',
      reason: 'expired',
      billed: 'no',
    });
    const gone = await other.post('id-card-ocr', upload);
    expect([gone.status, slug(gone.body), gone.body.billed]).toEqual([410, 'result-expired', 'yes']);
    await other.stop();
  });

  it('of orders made elsewhere are asked only where the stage allows it', async () => {
    const open = await createWorld({ policy: { externalOrders: 'allow' } });
    expect((await open.get('bank-card-result', 'EXT0001')).body).toMatchObject({ outcome: 'read', billed: 'no' });
    expect((await open.get('bank-card-result', 'NOTHERE')).body).toMatchObject({
      outcome: 'not-found',
      reason: 'not-visible',
    });
    await open.stop();
    expect((await world.get('bank-card-result', 'EXT0001')).status).toBe(404);
  });

  it('are tried again while the upstream gives no answer, and only then', async () => {
    const orderNo = fresh();
    await world.post('bank-card-ocr', { photo: media.photo, orderNo });
    answering('<html>', '{"code":"999998"}');
    const [read, calls] = await callsOf(() => world.get('bank-card-result', orderNo));
    expect([read.status, read.body.outcome, calls]).toEqual([200, 'read', 3]);
  });

  it('show pictures only when asked', async () => {
    const orderNo = fresh();
    await world.post('bank-card-ocr', { photo: media.photo, orderNo });
    world.clock += 2_000;
    expect((await world.get('bank-card-result', orderNo)).body.result.images).toBeUndefined();
    const { images } = (await world.get('bank-card-result', orderNo, { files: 'true' })).body.result;
    expect(Object.keys(images).sort()).toEqual(['cardCrop', 'cardNo', 'original']);
  });
});

describe('direct invocation', () => {
  it('answers the body itself and throws problems by name', async () => {
    const orderNo = fresh();
    expect(await world.direct('face-verify', { orderNo, input: { ...person, photo: media.photo } })).toMatchObject({
      orderNo,
      outcome: 'match',
    });
    const wrong = world.direct('face-verify', { input: { name: 'x' } });
    const error: Error = await wrong.then(
      () => Promise.reject(new Error('no problem')),
      (thrown) => thrown,
    );
    expect(error.name).toBe('invalid-request');
    expect(JSON.parse(error.message)).toMatchObject({
      type: 'urn:signet:problem:invalid-request',
      status: 400,
      billed: 'no',
    });
  });
});

describe('garbage', () => {
  it.each(operations.filter(({ order }) => order.kind !== 'reads').map(({ name }) => name))(
    '%s refuses what is no JSON',
    async (name) => {
      const [answers, sends] = await callsOf(async () => [
        await world.post(name, '{'),
        await world.post(name, '{"__proto__":{}}'),
        await world.post(name, '{"name":"\uFFFD"}'),
        await world.post(name, '[]'),
      ]);
      expect(answers.map(({ status, body }) => [status, slug(body)])).toEqual([
        [400, 'malformed-json'],
        [400, 'malformed-json'],
        [400, 'malformed-json'],
        [400, 'invalid-request'],
      ]);
      expect(sends).toBe(0);
    },
  );
});
