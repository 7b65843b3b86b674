import { describe, expect, it } from 'vitest';
import { Problem, problemDocument } from '../../../lib/http/problem.ts';
import { type ProblemKind, type ProblemSlug, problems } from '../../../lib/http/problems.ts';

// Reliability, section 7: status, what it cost, whether the same order may come again, and after how many seconds where
// the table says so. "After fix" and "new media" leave no record, so the number is free.
type Row = [slug: string, status: number, billed: string, again: boolean, after?: number];
const table: Row[] = [
  ['malformed-json', 400, 'no', true],
  ['invalid-request', 400, 'no', true],
  ['order-required', 400, 'no', true],
  ['unauthenticated', 401, 'no', true],
  ['forbidden', 403, 'no', false],
  ['not-found', 404, 'no', false],
  ['not-acceptable', 406, 'no', true],
  ['unsupported-media-type', 415, 'no', true],
  ['order-in-progress', 409, 'unknown', true, 5],
  ['order-outcome-unknown', 409, 'unknown', true],
  ['step-out-of-order', 409, 'no', false],
  ['media-used', 409, 'no', false],
  ['result-expired', 410, 'by record', false],
  ['result-not-replayable', 410, 'by record', false],
  ['payload-too-large', 413, 'no', true],
  ['order-payload-mismatch', 422, 'no', false],
  ['media-invalid', 422, 'no', true],
  ['upstream-rejected-input', 422, 'by code', false],
  ['order-not-charged', 424, 'no', false],
  ['order-unresolved', 424, 'unknown', false],
  ['rate-limited', 429, 'no', true],
  ['upstream-rate-limited', 429, 'by code', false],
  ['subject-limit-reached', 429, 'no', false, 86_400],
  ['verification-payload-mismatch', 422, 'no', false],
  ['internal', 500, 'unknown', true],
  ['upstream-invalid-response', 502, 'unknown', true],
  ['upstream-refused', 502, 'by code', false],
  ['ticket-unavailable', 503, 'no', true, 60],
  ['ledger-unavailable', 503, 'no', true, 5],
  // S3 fails: nothing was sent, or the result is there and its pictures cannot be handed out at the moment.
  ['media-unavailable', 503, 'by record', true, 5],
  ['workflow-unavailable', 503, 'unknown', true, 5],
  ['upstream-unreachable', 503, 'no', true, 10],
  ['upstream-circuit-open', 503, 'no', true, 30],
  ['insufficient-time', 503, 'no', true],
  ['upstream-timeout', 504, 'unknown', true],
];
/** 429 answers carry Retry-After, whatever its number. */
const saysWhen = ['rate-limited', 'upstream-rate-limited', 'subject-limit-reached'];

const kinds = Object.entries(problems) as [ProblemSlug, ProblemKind][];

describe('the table of problems', () => {
  it('has every row that this version can meet, and no other', () => {
    const documented = table.map(([slug]) => slug);
    expect(Object.keys(problems).filter((slug) => !documented.includes(slug))).toEqual([]);
    expect(documented.filter((slug) => !(slug in problems))).toEqual([]);
  });

  it.each(table.filter(([slug]) => slug in problems))('%s: %i, billed %s, same order %s', (...row) => {
    const [slug, status, billed, sameOrder, after] = row;
    const kind: ProblemKind = problems[slug as ProblemSlug];
    expect({ status: kind.status, billed: kind.billed, sameOrder: kind.retry.sameOrder }).toEqual({
      status,
      billed,
      sameOrder,
    });
    if (after !== undefined) expect(kind.retry.afterSeconds).toBe(after);
    if (saysWhen.includes(slug)) expect(kind.retry.afterSeconds).toBeGreaterThan(0);
  });

  it.each(kinds)('%s is told in plain, static ASCII', (slug, { title, detail }) => {
    expect(slug).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(title).toMatch(/^[A-Z][\x20-\x7e]{4,60}[^.]$/);
    expect(detail).toMatch(/^[A-Za-z][\x20-\x7e]{10,200}\.$/);
    expect(`${title}${detail}`).not.toMatch(/[{}$%]|https?:/);
  });

  it('has a title for each', () => {
    expect(new Set(kinds.map(([, { title }]) => title)).size).toBe(kinds.length);
  });

  it('warns where a new order may be charged again', () => {
    for (const slug of ['order-outcome-unknown', 'order-unresolved'] as const) {
      expect(problems[slug].detail).toMatch(/new order may be charged again/);
    }
  });
});

describe('a problem document', () => {
  it('has the members of the contract', () => {
    const facts = {
      orderNo: 'a1',
      billed: 'yes',
      upstream: { code: '66660042', bizSeqNo: 'b1', profile: 'kyc1' },
      reason: 'blurred',
      action: 'retake',
      messageZh: '照片模糊。',
      messageEn: 'Blurred.',
    } as const;
    expect(problemDocument(new Problem('upstream-rejected-input', facts), 'request-1')).toEqual({
      type: 'urn:signet:problem:upstream-rejected-input',
      title: problems['upstream-rejected-input'].title,
      status: 422,
      detail: problems['upstream-rejected-input'].detail,
      instance: 'urn:signet:request:request-1',
      ...facts,
      retry: { sameOrder: false },
    });
  });

  it('names fields by pointer and rule', () => {
    const errors = [{ pointer: '/idNo', rule: 'check-digit' }];
    const document = problemDocument(new Problem('invalid-request', { errors }), 'r');
    expect(document).toMatchObject({ errors, billed: 'no', retry: { sameOrder: true } });
  });

  it.each(kinds)('of %s says yes, no or unknown to what it cost', (slug, { billed }) => {
    const unsaid = problemDocument(new Problem(slug), 'r');
    expect(unsaid.billed).toBe(billed.startsWith('by ') ? 'unknown' : billed);
    expect(problemDocument(new Problem(slug, { billed: 'yes' }), 'r').billed).toBe('yes');
    expect(Object.keys(JSON.parse(JSON.stringify(unsaid))).sort()).toEqual(
      ['billed', 'detail', 'instance', 'retry', 'status', 'title', 'type'].sort(),
    );
  });

  it('may say when to come again', () => {
    const document = problemDocument(new Problem('rate-limited', { afterSeconds: 17 }), 'r');
    expect(document.retry).toEqual({ sameOrder: true, afterSeconds: 17 });
    expect(document).not.toHaveProperty('afterSeconds');
  });

  it('is an error whose message is static', () => {
    const problem = new Problem('invalid-request', { orderNo: 'canary' });
    expect(problem).toBeInstanceOf(Error);
    expect(problem.message).toBe(problems['invalid-request'].title);
    expect(problem.stack).not.toContain('canary');
  });
});
