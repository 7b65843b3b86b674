import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flat, paas, v2 } from '../../lib/envelope.ts';

const envelopes = [paas, v2, flat];
const content = {
  code: '0',
  message: '请求成功',
  bizSeqNo: '21062120001184415714222706920349',
  transactionTime: '20210621142227',
  values: { orderNo: 'a1', similarity: '90.27' },
};

describe('opening', () => {
  it.each([
    ['0', '0'],
    [0, '0'],
    ['66660004', '66660004'],
    [66_660_004, '66660004'],
    [-4007, '-4007'],
    ['FailedOperation.Busy', 'FailedOperation.Busy'],
    ['', null],
    [null, null],
    [undefined, null],
    [true, null],
    [[], null],
    [{ code: '0' }, null],
  ])('code %j is %j, in every habit', (code, expected) => {
    for (const { open } of envelopes) {
      expect(open({ code }).code).toBe(expected);
      // Only the answer's own code counts.
      expect(open({ code, result: { code: '0' } }).code).toBe(expected);
    }
  });

  it('finds values under result and at the top, and prefers the former', () => {
    for (const { open } of envelopes) {
      expect(open({ similarity: '1' }).values.similarity).toBe('1');
      expect(open({ result: { similarity: '2' } }).values.similarity).toBe('2');
      expect(open({ similarity: '1', result: { similarity: '2' } }).values.similarity).toBe('2');
      for (const result of [undefined, null, 'x', 5, [], [{ similarity: '3' }]]) {
        expect(open({ similarity: '1', result }).values.similarity).toBe('1');
      }
    }
  });

  it('never asks success', () => {
    for (const { open } of envelopes) {
      expect(open({ code: '0', result: { success: false } }).code).toBe('0');
      expect(open({ code: '1', success: true }).code).toBe('1');
    }
  });

  it('gives values that inherit nothing', () => {
    const body = JSON.parse('{"code":"0","__proto__":{"similarity":"9"},"result":{"__proto__":{"similarity":"9"}}}');
    for (const { open } of envelopes) {
      const { values } = open(body);
      expect(values.similarity).toBeUndefined();
      expect(values.toString).toBeUndefined();
    }
    expect(({} as { similarity?: string }).similarity).toBeUndefined();
  });

  it('throws nothing', () => {
    fc.assert(
      fc.property(fc.constantFrom(...envelopes), fc.dictionary(fc.string(), fc.jsonValue()), ({ open }, body) => {
        const opened = open(body);
        for (const text of [opened.code, opened.bizSeqNo, opened.transactionTime]) {
          expect(text === null || (typeof text === 'string' && text !== '')).toBe(true);
        }
        expect(typeof opened.message).toBe('string');
      }),
    );
  });
});

describe('wrapping', () => {
  it('has the habits of the documents', () => {
    const { bizSeqNo, transactionTime, values } = content;
    expect(paas.wrap(content)).toEqual({
      code: '0',
      msg: '请求成功',
      bizSeqNo,
      result: { bizSeqNo, transactionTime, ...values, success: false },
      transactionTime,
    });
    expect(v2.wrap(content)).toEqual({ code: 0, msg: '请求成功', bizSeqNo, result: values });
    expect(flat.wrap(content)).toEqual({ code: '0', msg: '请求成功', bizSeqNo, transactionTime, ...values });
  });

  it('is undone by opening', () => {
    const codes = fc.oneof(fc.constantFrom('0', '66660004', '-4007', '400101'), fc.stringMatching(/^[A-Za-z.]{1,20}$/));
    fc.assert(
      fc.property(fc.constantFrom(...envelopes), codes, ({ open, wrap }, code) => {
        const opened = open(JSON.parse(JSON.stringify(wrap({ ...content, code }))));
        expect(opened).toMatchObject({ code, message: content.message, bizSeqNo: content.bizSeqNo });
        if (code === '0') expect(opened.values).toMatchObject(content.values);
        else expect(opened.values.similarity).toBeUndefined();
      }),
    );
  });
});
