import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bucket as Bucket, type FormOptions, kms, post, signedFields, start } from './fixture.ts';

const base64 = (document: unknown) => Buffer.from(JSON.stringify(document)).toString('base64');

describe('a policy', () => {
  const range = ['content-length-range', 1, 10];
  const starts = (name: string, value: string) => ['starts-with', name, value];

  test.each<[string, FormOptions, number]>([
    ['starts-with', { conditions: [starts('$key', 'uploads/')] }, 204],
    ['starts-with nothing', { conditions: [starts('$Content-Type', '')] }, 204],
    ['starts-with something else', { conditions: [starts('$key', 'results/')] }, 403],
    ['starts-with in another case', { conditions: [starts('$key', 'Uploads/')] }, 403],
    ['eq', { conditions: [['eq', '$KEY', 'uploads/a']] }, 204],
    ['eq without $', { conditions: [['eq', 'key', 'uploads/a']] }, 403],
    ['a field that is not there', { conditions: [starts('$x-amz-meta-a', '')] }, 403],
    [
      'a list of types',
      { fields: { 'Content-Type': 'image/png,image/gif' }, conditions: [starts('$Content-Type', 'image/')] },
      204,
    ],
    [
      'a list with another',
      { fields: { 'Content-Type': 'image/png,text/html' }, conditions: [starts('$Content-Type', 'image/')] },
      403,
    ],
    ['bounds as text', { conditions: [['content-length-range', '1', '7']] }, 204],
    ['a second range, narrower', { conditions: [['content-length-range', 0, 6]] }, 400],
    ['a second range, with more', { size: [1, 6], conditions: [['content-length-range', 0, 9]] }, 400],
    ['a second range, with less', { size: [8, 9], conditions: [['content-length-range', 0, 9]] }, 400],
    ['bounds that are no numbers', { conditions: [['content-length-range', 'a', 10]] }, 403],
    ['one bound', { conditions: [['content-length-range', 1]] }, 400],
    ['an operator not known', { conditions: [['ends-with', '$key', 'a']] }, 400],
    ['a condition on two fields', { conditions: [{ bucket: Bucket, key: 'uploads/a' }] }, 400],
    ['a value that is no text', { conditions: [{ 'content-length': 7 }] }, 400],
    ['an empty condition', { conditions: [[]] }, 400],
    ['a condition that is none', { conditions: ['key'] }, 400],
    ['no JSON', { policy: Buffer.from('{').toString('base64') }, 400],
    ['no object', { policy: base64([]) }, 400],
    ['no expiration', { policy: base64({ conditions: [range] }) }, 400],
    ['another form of date', { policy: base64({ expiration: '2099-01-01 00:00:00 UTC', conditions: [] }) }, 400],
    ['no conditions', { policy: base64({ expiration: '2099-01-01T00:00:00Z' }) }, 400],
    ['conditions that cover nothing', { policy: base64({ expiration: '2099-01-01T00:00:00Z', conditions: [] }) }, 403],
    [
      'something of an IAM policy',
      { policy: base64({ expiration: '2099-01-01T00:00:00Z', conditions: [], statement: [] }) },
      400,
    ],
  ])('with %s', async (_what, options, status) => {
    const { endpoint } = await start();
    expect((await post(endpoint, signedFields(options))).status).toBe(status);
  });

  test('whose form is changed anywhere is never served', async () => {
    const { endpoint, folder } = await start();
    const fields = signedFields({ fields: kms });
    const position = fc.tuple(
      fc.constantFrom(...Object.keys(fields)),
      fc.nat(),
      fc.constantFrom(...'azAZ09+/=.'.split('')),
    );
    await fc.assert(
      fc.asyncProperty(position, async ([name, where, character]) => {
        const before = fields[name] ?? '';
        const at = where % before.length;
        fc.pre(before[at] !== character);
        const after = before.slice(0, at) + character + before.slice(at + 1);
        const response = await post(endpoint, { ...fields, [name]: after });
        await response.arrayBuffer();
        expect(response.status).toBeGreaterThanOrEqual(400);
      }),
      { numRuns: 150 },
    );
    expect(readdirSync(join(folder, Bucket))).toEqual([]);
  });
});
