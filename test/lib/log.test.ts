import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLog, errorFields, type LogFields } from '../../lib/log.ts';

const now = Date.parse('2026-01-05T02:00:00Z');

function logged(fields: unknown, event = 'call'): { line: string; parsed: Record<string, unknown> } {
  const lines: string[] = [];
  createLog(
    (line) => lines.push(line),
    () => now,
  )('info', event, fields as LogFields);
  expect(lines).toHaveLength(1);
  return { line: lines[0]!, parsed: JSON.parse(lines[0]!) as Record<string, unknown> };
}

// Reliability, PII-2: request id, operation, order number, state, code, milliseconds, sizes; nothing of a person.
const facts: LogFields = {
  requestId: 'r',
  operation: 'face-verify',
  orderNo: 'a1',
  state: 'sent',
  outcome: 'match',
  reason: 'blurred',
  code: '0',
  bizSeqNo: 'b1',
  billed: 'yes',
  problem: 'internal',
  status: 200,
  fault: 'TypeError',
  frames: 'at x',
  ms: 5,
  upstreamMs: 4,
  sends: 1,
  generation: 7,
  phase: 'store',
  bytes: 100,
  listed: true,
};

describe('a line of the log', () => {
  it('says when, how urgent, what, and the facts', () => {
    const { line, parsed } = logged(facts);
    expect(parsed).toEqual({ level: 'info', event: 'call', at: '2026-01-05T02:00:00.000Z', ...facts });
    expect(line).toMatch(/^[^\n]+\n$/);
  });

  it('holds scalars only, and none without end', () => {
    const fields = {
      orderNo: { toString: () => 'canary' },
      code: ['canary'],
      state: null,
      ms: Number.NaN,
      reason: undefined,
    };
    expect(logged(fields).line).not.toContain('canary');
    expect(logged({ frames: 'x'.repeat(10_000) }).line.length).toBeLessThan(1_000);
    expect(logged({ reason: 'a\nb\u2028{"level":"error"}' }).line.split('\n')).toHaveLength(2);
  });

  it('drops everything that is not on the list (1,000 random objects)', () => {
    const canary = 'canary-样本丙-9931';
    const keys = fc.oneof(
      fc.constantFrom(
        'name',
        'idNo',
        'photo',
        'body',
        'message',
        'msg',
        'input',
        'url',
        'path',
        'ticket',
        'secret',
        'sign',
      ),
      fc.constantFrom(
        '__proto__',
        'constructor',
        'toString',
        'level',
        'event',
        'at',
        'caller',
        'cause',
        'stack',
        'error',
      ),
      fc.string(),
    );
    const values = fc.oneof(
      fc.constant(canary),
      fc.constant({ deep: canary }),
      fc.constant([canary]),
      fc.constant(new Error(canary)),
      fc.constant(() => canary),
    );
    const noise = fc.dictionary(keys, values, { minKeys: 1, maxKeys: 8 });
    const listed = Object.keys(facts);
    fc.assert(
      fc.property(noise, fc.boolean(), (fields, inherited) => {
        const clean = Object.fromEntries(Object.entries(fields).filter(([key]) => !listed.includes(key)));
        const given = inherited ? Object.create(clean) : { ...clean, orderNo: 'a1' };
        const { line, parsed } = logged(given);
        expect(line).not.toContain('9931');
        expect(Object.keys(parsed)).toEqual(inherited ? ['level', 'event', 'at'] : ['level', 'event', 'at', 'orderNo']);
      }),
      { numRuns: 1_000 },
    );
  });

  it('takes nothing from a prototype', () => {
    expect(logged(Object.create({ orderNo: 'canary' })).line).not.toContain('canary');
  });
});

describe('what is said about an error', () => {
  const canary = 'canary-样本丙-9931';
  const awkward = [
    canary,
    `${canary}\n    at ${canary} (/${canary}.ts:1:1)`,
    `first\n    at ${canary}\n    at ${canary}`,
    `\n    at ${canary} (file:///x.ts:1:1)`,
    `    at ${canary}`,
    `${canary}\r\n\tat ${canary} [as x] (node:internal:1:1)`,
    '',
  ];

  it.each(awkward)('never its message: %j', (message) => {
    for (const make of [Error, TypeError, SyntaxError]) {
      const fields = errorFields(new make(message, { cause: new Error(canary) }));
      expect(JSON.stringify(fields)).not.toContain('9931');
      expect(fields.fault).toBe(make.name);
      // Without a message, the stack of this test runner begins in a way of its own, and then nothing is said.
      if (message !== '') expect(fields.frames).toMatch(/^at .*log\.test\.ts/);
      expect(String(fields.frames).split(' | ').length).toBeLessThanOrEqual(5);
    }
  });

  it.each(awkward)('never its message, when that was changed later: %j', (message) => {
    const error = new Error(message);
    // V8 writes the stack when it is first asked for, and not again.
    expect(error.stack).toContain(message);
    for (const later of ['changed', `${message} and more`, '', 'Error']) {
      error.message = later;
      expect(JSON.stringify(errorFields(error)), later).not.toContain('9931');
    }
  });

  it('never what JSON.parse and others quote', () => {
    for (const run of [
      () => JSON.parse(`{"idNo":"${canary}`),
      () => new URL(canary),
      () => decodeURIComponent(`%${canary}`),
      () => Buffer.from(canary, canary as BufferEncoding),
    ]) {
      try {
        run();
        expect.fail('nothing was thrown');
      } catch (error) {
        expect(JSON.stringify(errorFields(error))).not.toContain('9931');
      }
    }
  });

  it('its name and code, where they look like such', () => {
    const named = (more: object) => errorFields(Object.assign(new Error('x'), more));
    expect(named({ name: 'TimeoutError', code: 'ECONNRESET' })).toMatchObject({
      fault: 'TimeoutError',
      code: 'ECONNRESET',
    });
    expect(named({ name: canary, code: canary })).toMatchObject({ fault: 'Error', code: undefined });
    expect(named({ name: 'x'.repeat(65), code: 42 })).toMatchObject({ fault: 'Error', code: undefined });
  });

  it('nothing about what is no error', () => {
    for (const thrown of [undefined, null, canary, 42, { message: canary, stack: canary, name: canary }]) {
      expect(errorFields(thrown)).toEqual({ fault: 'Error', code: undefined, frames: '' });
    }
    expect(errorFields(Object.assign(new Error('x'), { stack: undefined })).frames).toBe('');
  });
});
