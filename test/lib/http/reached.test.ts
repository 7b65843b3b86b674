import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBreaker } from '../../../lib/flow/breaker.ts';
import type { Context } from '../../../lib/flow/context.ts';
import { resolveOrders } from '../../../lib/flow/resolve.ts';
import { operationHandler } from '../../../lib/http/handler.ts';
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
  const lambda = { awsRequestId: 'reached', getRemainingTimeInMillis: () => 28_000 } as never;
  const reply = (await handler({ ...postEvent(body, 'alice'), ...event } as never, lambda)) as {
    statusCode: number;
    headers: Record<string, string>;
    body: string;
  };
  return { status: reply.statusCode, headers: reply.headers, body: JSON.parse(reply.body) };
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
const broken = (): never => {
  throw new Error('broken');
};
const license = { photo: media.photo };

type Row = [
  slug: string,
  status: number,
  billed: string,
  sameOrder: boolean,
  afterSeconds: number | undefined,
  how: string,
  reach: () => Promise<Seen>,
];
/** Reliability, section 7, row by row: what each problem says, by a call that meets it. */
const rows: Row[] = [
  ['malformed-json', 400, 'no', true, undefined, 'half a body', () => world.post('face-verify', '{"name":')],
  ['invalid-request', 400, 'no', true, undefined, 'no photo', () => world.post('face-verify', person)],
  [
    'order-required',
    400,
    'no',
    true,
    undefined,
    'a video without the number of its challenge',
    () => world.post('liveness-verify', { ...person, video: media.video }),
  ],
  ['forbidden', 403, 'no', false, undefined, 'no identity', () => served({}, { requestContext: { requestId: 'r' } })],
  ['not-found', 404, 'no', false, undefined, 'an order that nobody made', () => world.order('NOTHERE')],
  ['not-found', 404, 'no', false, undefined, 'a result of none', () => world.get('bank-card-result', 'NOTHERE')],
  [
    'not-acceptable',
    406,
    'no',
    true,
    undefined,
    'an Accept header without JSON',
    () => served({}, { headers: { 'Content-Type': 'application/json', accept: 'text/html' } }),
  ],
  [
    'unsupported-media-type',
    415,
    'no',
    true,
    undefined,
    'a form',
    () => served({}, { headers: { 'Content-Type': 'application/x-www-form-urlencoded' } }),
  ],
  ['order-in-progress', 409, 'unknown', true, 5, 'a call that still runs', inProgress],
  [
    'order-outcome-unknown',
    409,
    'unknown',
    true,
    60,
    'a call without an answer',
    () => afterwards('face-verify', { kind: 'silence' }, { ...person, photo: media.photo }, 0),
  ],
  [
    'step-out-of-order',
    409,
    'no',
    false,
    undefined,
    'a video without a challenge',
    () => world.post('liveness-verify', { ...person, video: media.video, orderNo: fresh() }),
  ],
  ['result-expired', 410, 'yes', false, undefined, 'a document', () => daysLater('driver-license-ocr', license, 3)],
  [
    'result-expired',
    410,
    'yes',
    false,
    undefined,
    'a record past its end',
    () => daysLater('face-verify', { ...person, photo: media.photo }, 95),
  ],
  [
    'result-not-replayable',
    410,
    'unknown',
    false,
    undefined,
    'best photos again',
    () => daysLater('video-best-photos', { video: media.video }, 0),
  ],
  ['order-payload-mismatch', 422, 'no', false, undefined, 'another name', mismatched],
  [
    'media-invalid',
    422,
    'no',
    true,
    undefined,
    'a photo that is none',
    () => world.post('face-verify', face({ photo: { base64: 'AAAA' } })),
  ],
  ['upstream-rejected-input', 422, 'no', false, undefined, 'a blurred face', () => coded('66660042')],
  [
    'order-not-charged',
    424,
    'no',
    false,
    undefined,
    'a licence that the upstream never saw',
    () => afterwards('driver-license-ocr', { kind: 'silence' }, license, 10),
  ],
  [
    'order-unresolved',
    424,
    'unknown',
    false,
    undefined,
    'a face, which no query knows',
    () => afterwards('face-verify', { kind: 'silence' }, { ...person, photo: media.photo }, 8),
  ],
  ['rate-limited', 429, 'no', true, 1, "the stage's own rate", limited],
  ['upstream-rate-limited', 429, 'no', false, 10, 'a throttled call', () => coded('66660012')],
  ['subject-limit-reached', 429, 'no', false, 86_400, 'a person without attempts', () => coded('66660017')],
  // The contract says `no` where nothing was sent yet; the last resort does not know that and says the safe word.
  ['internal', 500, 'unknown', true, undefined, 'a fault of our own', () => served({ newId: broken })],
  [
    'internal',
    500,
    'unknown',
    true,
    undefined,
    'a fault of our own in the middle of the call',
    () => served({ upstream: { ...world.context.upstream, send: down } }),
  ],
  [
    'upstream-invalid-response',
    502,
    'unknown',
    true,
    60,
    'a page of HTML',
    async () => {
      failing({ kind: 'html' });
      return world.post('face-verify', face());
    },
  ],
  ['upstream-refused', 502, 'no', false, undefined, 'no permission', () => coded('400103')],
  ['upstream-refused', 502, 'unknown', false, undefined, 'a code that nobody knows', () => coded('12345678')],
  [
    'ticket-unavailable',
    503,
    'no',
    true,
    60,
    'no ticket',
    () => served({ tickets: { read: async () => null, reread: async () => null } }),
  ],
  ['ticket-unavailable', 503, 'no', true, 60, 'a refused ticket', () => coded('400102')],
  [
    'ledger-unavailable',
    503,
    'no',
    true,
    5,
    'no database',
    () => served({ ledger: { ...world.context.ledger, claim: down, look: down } }),
  ],
  ['ledger-unavailable', 503, 'no', true, 5, 'no key of fingerprints', () => served({ fingerprintKey: down })],
  [
    'upstream-unreachable',
    503,
    'no',
    true,
    10,
    'a refused connection',
    async () => {
      const { UpstreamFailure } = await import('#signing');
      const send = async () => Promise.reject(new UpstreamFailure('not-sent', 'ECONNREFUSED'));
      return served({ upstream: { ...world.context.upstream, send } });
    },
  ],
  ['upstream-circuit-open', 503, 'no', true, 30, 'after five unknown outcomes', opened],
  [
    'insufficient-time',
    503,
    'no',
    true,
    undefined,
    'ten seconds left',
    () => world.post('face-verify', face(), 'alice', 10_000),
  ],
  [
    'upstream-timeout',
    504,
    'unknown',
    true,
    60,
    'silence',
    async () => {
      failing({ kind: 'silence' });
      return world.post('face-verify', face());
    },
  ],
  ['upstream-timeout', 504, 'unknown', true, 60, 'an internal error of the upstream', () => coded('999999')],
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
    const reached = new Set(rows.map(([slug]) => slug));
    const missing = Object.keys(problems).filter((slug) => !reached.has(slug) && !(slug in elsewhere));
    expect(missing, 'problems without a row').toEqual([]);
    expect([...reached].filter((slug) => !(slug in problems) || slug in elsewhere)).toEqual([]);
  });

  it.each(rows)('%s: %i, billed %s, same order %s, after %s: %s', async (...row) => {
    const [slug, status, billed, sameOrder, afterSeconds, , reach] = row;
    const seen = await reach();
    world.simulator.configure({ faults: [] });
    const { type, retry, detail } = seen.body;
    expect([type, seen.status, seen.body.status, seen.body.billed]).toEqual([
      `urn:signet:problem:${slug}`,
      status,
      status,
      billed,
    ]);
    expect(retry).toEqual({ sameOrder, ...(afterSeconds === undefined ? {} : { afterSeconds }) });
    expect(seen.headers['retry-after']).toBe(afterSeconds === undefined ? undefined : String(afterSeconds));
    expect(seen.headers['content-type']).toBe('application/problem+json');
    expect(detail).toBe(problems[slug as keyof typeof problems].detail);
  });
});
