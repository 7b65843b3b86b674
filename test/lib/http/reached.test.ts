import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UpstreamFailure } from '#signing';
import { createBreaker } from '../../../lib/flow/breaker.ts';
import type { Context } from '../../../lib/flow/context.ts';
import { resolveOrders } from '../../../lib/flow/resolve.ts';
import { mediaHandler, operationHandler } from '../../../lib/http/handler.ts';
import { problems } from '../../../lib/http/problems.ts';
import { createLimits } from '../../../lib/limits/limits.ts';
import { operations } from '../../../lib/operations/index.ts';
import type { Fault } from '../../../lib/simulator/simulator.ts';
import { createWorld, media, person, postEvent, type Seen, type World } from '../../support/world.ts';
import { named } from '../request/inputs.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.stop());

let count = 0;
const fresh = (): string => {
  count += 1;
  return `R${count}`;
};
const face = (more: object = {}) => ({ ...person, photo: media.photo, orderNo: fresh(), ...more });
const coded = (code: string) => world.post('face-verify', face({ name: `模拟${code}` }));
const failing = (...faults: Fault[]) => world.simulator.configure({ faults });

/** A call whose surroundings or event are not the usual ones. */
async function served(context: Partial<Context>, event: object = {}, body: object = face()): Promise<Seen> {
  const handler = operationHandler(named('face-verify'), undefined, () => ({ ...world.context, ...context }));
  return seenOf(await handler({ ...postEvent(body, 'alice'), ...event } as never, lambda));
}

const lambda = { awsRequestId: 'reached', getRemainingTimeInMillis: () => 28_000 } as never;
function seenOf(reply: unknown): Seen {
  const { statusCode, headers, body } = reply as { statusCode: number; headers: Record<string, string>; body: string };
  return { status: statusCode, headers, body: JSON.parse(body) };
}

/** The same order once more, after it was left without an end by a fault and so many minutes have passed. */
async function afterwards(name: string, fault: Fault, input: object, minutes: number): Promise<Seen> {
  const request = { ...input, orderNo: fresh() };
  failing(fault);
  expect((await world.post(name, request)).body.billed).toBe('unknown');
  const call = { requestId: 'reached', remaining: () => 28_000 };
  for (let minute = 0; minute < minutes; minute += 1) {
    world.clock += 60_000;
    await world.refresh();
    await resolveOrders(operations, call, world.context);
  }
  return world.post(name, request);
}

async function inProgress(): Promise<Seen> {
  const body = face();
  let release: (() => void) | undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const upstream: Context['upstream'] = {
    ...world.context.upstream,
    send: async (request) => held.then(() => world.context.upstream.send(request)),
  };
  const first = served({ upstream }, {}, body);
  // The record is there as soon as it is sent.
  while (!(await world.context.ledger.read(body.orderNo))) await new Promise((resolve) => setImmediate(resolve));
  const second = await world.post('face-verify', body);
  release!();
  expect((await first).status).toBe(200);
  return second;
}

async function opened(): Promise<Seen> {
  const breaker = createBreaker(world.context.now);
  failing({ kind: 'silence', times: 5 });
  for (let call = 0; call < 5; call += 1) expect((await served({ breaker })).status).toBe(504);
  return served({ breaker });
}

async function limited(): Promise<Seen> {
  const rates = { face: { perSecond: 1, burst: 1 } };
  const limits = createLimits(world.client, world.table, 'TIDATEST', { rates }, world.context.now);
  expect((await served({ limits })).status).toBe(200);
  return served({ limits });
}

/** The same order, after it succeeded and so many days have passed. */
async function daysLater(name: string, input: object, days: number): Promise<Seen> {
  const request = { ...input, orderNo: fresh() };
  expect((await world.post(name, request)).status).toBe(200);
  world.clock += days * 86_400_000 + 60_000;
  await world.refresh();
  return world.post(name, request);
}

async function mismatched(): Promise<Seen> {
  const body = face();
  await world.post('face-verify', body);
  return world.post('face-verify', { ...body, name: '样本乙' });
}

const down = async (): Promise<never> => {
  throw new Error('down');
};
const nowhere = { mediaId: 'a'.repeat(32) };
const jpeg = (): Buffer => Buffer.from(media.photo!.base64, 'base64');
const staging = () => world.context.staging;
const withoutBucket = (): Context['staging'] => ({
  ...staging(),
  objects: { ...staging().objects, open: down, put: down, link: down, form: down },
});
const noRecords = { create: down } as unknown as Context['staging']['records'];

async function usedElsewhere(): Promise<Seen> {
  const photo = await world.stage(jpeg());
  expect((await world.post('face-verify', face({ photo }))).status).toBe(200);
  return world.post('face-verify', face({ photo }));
}

async function stagedWithoutBucket(): Promise<Seen> {
  return served({ staging: withoutBucket() }, {}, face({ photo: await world.stage(jpeg()) }));
}

async function replayedWithoutBucket(): Promise<Seen> {
  const request = { video: media.video, orderNo: fresh() };
  expect((await world.post('video-best-photos', request)).status).toBe(200);
  const handler = operationHandler(named('video-best-photos'), undefined, () => ({
    ...world.context,
    staging: withoutBucket(),
  }));
  return seenOf(await handler(postEvent(request, 'alice') as never, lambda));
}

async function granted(context: Partial<Context>): Promise<Seen> {
  const handler = mediaHandler(operations, () => ({ ...world.context, ...context }));
  return seenOf(await handler(postEvent({ contentType: 'image/jpeg', size: 100 }, 'alice') as never, lambda));
}
/** The same verification with another check. */
async function anotherPlan(): Promise<Seen> {
  const plan = { verificationId: fresh(), subject: person };
  const first = { bankCard: { photo: await world.stage(jpeg()) } };
  expect((await world.start({ ...plan, checks: first })).status).toBe(202);
  return world.start({ ...plan, checks: { consent: {} } });
}
const withoutMachine = { executions: { start: down } };
const broken = (): never => {
  throw new Error('broken');
};
const license = { photo: media.photo };

type Contract = readonly [status: number, billed: string, sameOrder: boolean, afterSeconds?: number];
/** The table of reliability, section 7. Where a code or a record decides the charge, `ways` says it. */
const contract: Readonly<Record<string, Contract>> = {
  'malformed-json': [400, 'no', true],
  'invalid-request': [400, 'no', true],
  'order-required': [400, 'no', true],
  forbidden: [403, 'no', false],
  'not-found': [404, 'no', false],
  'not-acceptable': [406, 'no', true],
  'unsupported-media-type': [415, 'no', true],
  'order-in-progress': [409, 'unknown', true, 5],
  'order-outcome-unknown': [409, 'unknown', true, 60],
  'step-out-of-order': [409, 'no', false],
  'media-used': [409, 'no', false],
  'result-expired': [410, 'by record', false],
  'result-not-replayable': [410, 'by record', false],
  'order-payload-mismatch': [422, 'no', false],
  'media-invalid': [422, 'no', true],
  'verification-payload-mismatch': [422, 'no', false],
  'upstream-rejected-input': [422, 'by code', false],
  'order-not-charged': [424, 'no', false],
  'order-unresolved': [424, 'unknown', false],
  'rate-limited': [429, 'no', true, 1],
  'upstream-rate-limited': [429, 'by code', false, 10],
  'subject-limit-reached': [429, 'no', false, 86_400],
  // `no` where nothing was sent yet; the last resort does not know that and says the safe word.
  internal: [500, 'unknown', true],
  'upstream-invalid-response': [502, 'unknown', true, 60],
  'upstream-refused': [502, 'by code', false],
  'ticket-unavailable': [503, 'no', true, 60],
  'ledger-unavailable': [503, 'no', true, 5],
  'media-unavailable': [503, 'by record', true, 5],
  'workflow-unavailable': [503, 'unknown', true, 5],
  'upstream-unreachable': [503, 'no', true, 10],
  'upstream-circuit-open': [503, 'no', true, 30],
  'insufficient-time': [503, 'no', true],
  'upstream-timeout': [504, 'unknown', true, 60],
};

const plain = { ...person, photo: media.photo };
const film = { ...person, video: media.video };
const noTicket = { read: async () => null, reread: async () => null };
const refusing = async (): Promise<never> => {
  throw new UpstreamFailure('not-sent', 'ECONNREFUSED');
};
const sending = (send: () => Promise<never>) => served({ upstream: { ...world.context.upstream, send } });
const typed = (headers: object) => served({}, { headers });
const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
const htmlOnly = { 'Content-Type': 'application/json', accept: 'text/html' };
async function struck(fault: Fault): Promise<Seen> {
  failing(fault);
  return world.post('face-verify', face());
}

type Way = [slug: string, how: string, reach: () => Promise<Seen>, billed?: string];
const ways: Way[] = [
  ['malformed-json', 'half a body', () => world.post('face-verify', '{"name":')],
  ['invalid-request', 'no photo', () => world.post('face-verify', person)],
  ['order-required', 'a video without the number of its challenge', () => world.post('liveness-verify', film)],
  ['forbidden', 'no identity', () => served({}, { requestContext: { requestId: 'r' } })],
  ['not-found', 'an order that nobody made', () => world.order('NOTHERE')],
  ['not-found', 'a result of none', () => world.get('bank-card-result', 'NOTHERE')],
  ['not-acceptable', 'an Accept header without JSON', () => typed(htmlOnly)],
  ['unsupported-media-type', 'a form', () => typed(form)],
  ['order-in-progress', 'a call that still runs', inProgress],
  ['order-outcome-unknown', 'no answer', () => afterwards('face-verify', { kind: 'silence' }, plain, 0)],
  [
    'step-out-of-order',
    'a video without a challenge',
    () => world.post('liveness-verify', { ...film, orderNo: fresh() }),
  ],
  ['result-expired', 'a document', () => daysLater('driver-license-ocr', license, 3), 'yes'],
  ['result-expired', 'a record past its end', () => daysLater('face-verify', plain, 95), 'yes'],
  [
    'result-not-replayable',
    'best photos a day later',
    () => daysLater('video-best-photos', { video: media.video }, 1),
    'unknown',
  ],
  ['order-payload-mismatch', 'another name', mismatched],
  ['media-invalid', 'a photo that is none', () => world.post('face-verify', face({ photo: { base64: 'AAAA' } }))],
  ['media-invalid', 'a file that nobody staged', () => world.post('face-verify', face({ photo: nowhere }))],
  ['media-used', 'a file of another order', usedElsewhere],
  ['verification-payload-mismatch', 'another plan', anotherPlan],
  [
    'workflow-unavailable',
    'nothing that runs verifications',
    () => world.start({ subject: person, checks: { consent: {} } }, 'alice', withoutMachine),
  ],
  ['upstream-rejected-input', 'a blurred face', () => coded('66660042'), 'no'],
  [
    'order-not-charged',
    'a licence that the upstream never saw',
    () => afterwards('driver-license-ocr', { kind: 'silence' }, license, 10),
  ],
  ['order-unresolved', 'a face: no query', () => afterwards('face-verify', { kind: 'silence' }, plain, 8)],
  ['rate-limited', "the stage's own rate", limited],
  ['upstream-rate-limited', 'a throttled call', () => coded('66660012'), 'no'],
  ['subject-limit-reached', 'a person without attempts', () => coded('66660017')],
  ['internal', 'a fault of our own', () => served({ newId: broken })],
  ['internal', 'a fault of our own in the middle of the call', () => sending(down)],
  ['upstream-invalid-response', 'a page of HTML', () => struck({ kind: 'html' })],
  ['upstream-refused', 'no permission', () => coded('400103'), 'no'],
  ['upstream-refused', 'a code that nobody knows', () => coded('12345678'), 'unknown'],
  ['ticket-unavailable', 'no ticket', () => served({ tickets: noTicket })],
  ['ticket-unavailable', 'a refused ticket', () => coded('400102')],
  ['ledger-unavailable', 'no database', () => served({ ledger: { ...world.context.ledger, claim: down, look: down } })],
  ['ledger-unavailable', 'no key of fingerprints', () => served({ fingerprintKey: down })],
  ['ledger-unavailable', 'no database for a grant', () => granted({ staging: { ...staging(), records: noRecords } })],
  ['media-unavailable', 'no bucket for a staged file', stagedWithoutBucket, 'no'],
  ['media-unavailable', 'nothing that signs a grant', () => granted({ staging: withoutBucket() }), 'no'],
  ['media-unavailable', 'no bucket for kept pictures', replayedWithoutBucket, 'unknown'],
  ['upstream-unreachable', 'a refused connection', () => sending(refusing)],
  ['upstream-circuit-open', 'five unknown outcomes before', opened],
  ['insufficient-time', 'ten seconds left', () => world.post('face-verify', face(), 'alice', 10_000)],
  ['upstream-timeout', 'silence', () => struck({ kind: 'silence' })],
  ['upstream-timeout', 'an internal error of the upstream', () => coded('999999')],
];

/** Problems that no call of a function can meet, and why. */
const elsewhere: Readonly<Record<string, string>> = {
  unauthenticated:
    "a stage's own authorizer refuses before the function: the template says it (test/infra/api.test.ts)",
  'payload-too-large':
    'API Gateway and Lambda refuse before the function: the template says it (test/infra/api.test.ts)',
};

describe('every problem', () => {
  it('is reached by a call, or said to be answered elsewhere', () => {
    const reached = new Set(ways.map(([slug]) => slug));
    const missing = Object.keys(problems).filter((slug) => !reached.has(slug) && !(slug in elsewhere));
    expect(missing, 'problems that nothing reaches').toEqual([]);
    expect([...reached].filter((slug) => !(slug in problems) || slug in elsewhere)).toEqual([]);
  });

  it.each(ways)('%s: %s', async (slug, _how, reach, known) => {
    const [status, usual, sameOrder, afterSeconds] = contract[slug]!;
    const { body, headers, ...seen } = await reach();
    world.simulator.configure({ faults: [] });
    const billed = known ?? usual;
    expect([body.type, seen.status, body.status, body.billed]).toEqual([
      `urn:signet:problem:${slug}`,
      status,
      status,
      billed,
    ]);
    expect(body.retry).toEqual({ sameOrder, ...(afterSeconds === undefined ? {} : { afterSeconds }) });
    expect(headers['retry-after']).toBe(afterSeconds === undefined ? undefined : String(afterSeconds));
    expect(headers['content-type']).toBe('application/problem+json');
    expect(body.detail).toBe(problems[slug as keyof typeof problems].detail);
  });
});
