import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verbAndPath } from '../../lib/operation.ts';
import { operations } from '../../lib/operations/index.ts';
import { media, person, type Seen, sampleInput } from '../support/world.ts';
import type { FaultName } from './proxy.ts';
import { type Stand, startStand } from './stand.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand();
});
afterAll(() => stand.stop());

type Row = [fault: FaultName, status: number, slug: string | null, state: string, executed: boolean, sends: number];
/**
 * Reliability, section 5.5 with sections 2 and 7: not sent is 503 and costs nothing, no answer is 504, a bad one is 502,
 * and after those two nobody knows. `executed`: whether the upstream behind the proxy worked on it.
 */
const table: readonly Row[] = [
  ['none', 200, null, 'succeeded', true, 1],
  ['slow', 200, null, 'succeeded', true, 1],
  ['wrong content type', 200, null, 'succeeded', true, 1],
  ['refused', 503, 'upstream-unreachable', 'not-processed', false, 3],
  ['reset before the request is read', 504, 'upstream-timeout', 'unknown', false, 1],
  ['reset after the request', 504, 'upstream-timeout', 'unknown', true, 1],
  ['end without an answer', 504, 'upstream-timeout', 'unknown', true, 1],
  ['silence', 504, 'upstream-timeout', 'unknown', true, 1],
  ['headers, then silence', 504, 'upstream-timeout', 'unknown', true, 1],
  ['one byte per second', 504, 'upstream-timeout', 'unknown', true, 1],
  ['half a status line', 504, 'upstream-timeout', 'unknown', true, 1],
  ['cut answer', 502, 'upstream-invalid-response', 'unknown', true, 1],
  ['HTML with status 200', 502, 'upstream-invalid-response', 'unknown', false, 1],
  ['HTML with status 502', 502, 'upstream-invalid-response', 'unknown', true, 1],
  ['bare 429', 502, 'upstream-invalid-response', 'unknown', false, 1],
  ['too large an answer', 502, 'upstream-invalid-response', 'unknown', true, 1],
  ['garbage', 502, 'upstream-invalid-response', 'unknown', true, 1],
  ['early 413', 502, 'upstream-invalid-response', 'unknown', false, 1],
  ['redirect', 502, 'upstream-invalid-response', 'unknown', false, 1],
];

/** What a success costs (specification, fees): published for faces and documents, for the rest not. */
const cost: Readonly<Record<string, 'yes' | 'unknown'>> = {
  'face-verify': 'yes',
  'face-compare': 'yes',
  'face-compare-group': 'yes',
  'liveness-challenge': 'unknown',
  'liveness-verify': 'yes',
  'video-best-photos': 'unknown',
  'consent-record': 'unknown',
  'id-card-ocr': 'yes',
  'bank-card-ocr': 'yes',
  'driver-license-ocr': 'yes',
  'vehicle-license-ocr': 'yes',
};
const billedIn: Readonly<Record<string, (name: string) => string | undefined>> = {
  succeeded: (name) => cost[name],
  'not-processed': () => 'no',
  unknown: () => 'unknown',
};

const named = (name: string) => operations.find((operation) => operation.name === name)!;
const slug = (body: { type?: string }): string | null => body.type?.replace('urn:signet:problem:', '') ?? null;
let count = 0;
const fresh = (): string => {
  count += 1;
  return `N${count}`;
};
/** Each consent is of a user of its own, because the query tells of any consent of the person. */
const inputOf = (name: string, orderNo: string): Record<string, unknown> =>
  name.startsWith('consent-') ? { userId: `user${orderNo}` } : sampleInput(named(name));

function call(name: string, orderNo: string, more: object = {}): Promise<Seen> {
  const { order } = named(name);
  if (order.kind === 'reads') return stand.world.get(name, orderNo);
  const numbered = order.kind === 'traces' ? {} : { orderNo };
  return stand.world.post(name, { ...inputOf(name, orderNo), ...numbered, ...more });
}

/** What must be there before: the challenge of a video, the upload that is read again. */
async function prepared(name: string): Promise<string> {
  stand.fail('none');
  const orderNo = fresh();
  const { order } = named(name);
  const asked = operations.find((other) => other.order.kind === 'creates' && other.order.query === name);
  const before = order.kind === 'continues' ? order.from : asked?.name;
  if (before !== undefined) expect((await call(before, orderNo)).status).toBe(200);
  return orderNo;
}

const worked = async (orderNo: string, name: string): Promise<number> =>
  (await stand.books()).orders[orderNo]?.[name]?.calls ?? 0;

/** What the same order answers once the fault is over, and how often it is sent then. */
function repeated(
  name: string,
  state: string,
  executed: boolean,
): [status: number, slug: string | null, sends: number] {
  if (state === 'not-processed') return [200, null, 1];
  if (state === 'succeeded') return [200, null, 0];
  // Its free query can be asked with what the caller sends again.
  if (name === 'consent-record' && executed) return [200, null, 0];
  return [409, 'order-outcome-unknown', 0];
}

describe.each(operations.filter(({ creates }) => creates).map(({ name }) => name))('%s', (name) => {
  const { path } = verbAndPath(named(name).upstream);

  it.each(table)('%s: %i %s, the order %s, worked on: %s, sends: %i', async (...row) => {
    const [fault, status, problem, state, executed, sends] = row;
    const orderNo = await prepared(name);
    stand.fail(fault);
    const [first, sent] = await stand.sends(path, () => call(name, orderNo));
    const billed = billedIn[state]!(name);
    const { retry } = first.body;
    expect([first.status, slug(first.body), first.body.billed, sent]).toEqual([status, problem, billed, sends]);
    expect(retry?.sameOrder).toBe(problem === null ? undefined : true);
    stand.fail('none');
    expect((await stand.world.order(orderNo)).body).toMatchObject({ operation: name, state, billed });
    expect(await worked(orderNo, name)).toBe(executed ? 1 : 0);

    const [second, sentAgain] = await stand.sends(path, () => call(name, orderNo));
    expect([second.status, slug(second.body), sentAgain]).toEqual(repeated(name, state, executed));
    expect(await worked(orderNo, name)).toBe(executed || state === 'not-processed' ? 1 : 0);
  });
});

describe.each(operations.filter(({ creates }) => !creates).map(({ name }) => name))('%s', (name) => {
  const { path } = verbAndPath(named(name).upstream);

  it.each(table)('%s: %i %s, never billed; once only: the answer', async (fault, status, problem) => {
    const orderNo = await prepared(name);
    stand.fail(fault);
    const [seen, sent] = await stand.sends(path, () => call(name, orderNo));
    const sends = problem === null ? 1 : 3;
    expect([seen.status, slug(seen.body), seen.body.billed, sent]).toEqual([status, problem, 'no', sends]);
    expect(seen.body.retry?.sameOrder).toBe(problem === null ? undefined : true);
    stand.fail(fault, 1);
    const [once, tries] = await stand.sends(path, () => call(name, orderNo));
    expect([once.status, once.body.billed, tries]).toEqual([200, 'no', problem === null ? 1 : 2]);
    expect(Object.values((await stand.books()).orders[orderNo] ?? {}).every(({ calls }) => calls <= 1)).toBe(true);
  });
});

describe('a large body', () => {
  it('that is refused while it is being sent leaves the order unknown', async () => {
    const orderNo = await prepared('face-verify');
    const large = Buffer.concat([Buffer.from(media.photo!.base64, 'base64'), Buffer.alloc(6_000_000, 1)]);
    stand.fail('early 413');
    const { status, body } = await call('face-verify', orderNo, {
      ...person,
      photo: { base64: large.toString('base64') },
    });
    // The refusal is read (502) unless the connection breaks under the body first (504); both say the same of the order.
    expect([502, 504]).toContain(status);
    expect(body.billed).toBe('unknown');
    expect((await stand.world.order(orderNo)).body.state).toBe('unknown');
    expect(await worked(orderNo, 'face-verify')).toBe(0);
  });
});

describe('the books, after all of it', () => {
  it('hold no order that was worked on twice', async () => {
    const { orders } = await stand.books();
    const counts = Object.values(orders).flatMap((steps) => Object.values(steps).map(({ calls }) => calls));
    expect(counts.length).toBeGreaterThan(operations.length);
    expect(Math.max(...counts)).toBe(1);
    const seen = Map.groupBy(stand.reported, ([fault]) => fault);
    const lines = [...seen].map(([fault, all]) => `  ${fault}: ${[...new Set(all.map(([, how]) => how))].join(', ')}`);
    console.log(`${counts.length} orders worked on, none twice. What the client reported:\n${lines.join('\n')}`);
  });
});
