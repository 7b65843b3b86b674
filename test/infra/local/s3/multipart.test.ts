import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader } from '../../../../infra/local/s3/bytes.ts';
import { boundaryOf, readForm } from '../../../../infra/local/s3/multipart.ts';
import { collect } from './fixture.ts';

describe('multipart/form-data', () => {
  test.each<[string, string]>([
    ['multipart/form-data; boundary=b', 'b'],
    ['Multipart/Form-Data; charset=utf-8; Boundary="a b"', 'a b'],
  ])('%s has a boundary', (type, boundary) => {
    expect(boundaryOf(type)).toBe(boundary);
  });

  test('without a boundary is malformed', () => {
    expect(() => boundaryOf('multipart/form-data')).toThrow('not well-formed multipart/form-data');
    expect(() => boundaryOf('text/plain')).toThrow('pre-conditions');
    expect(() => boundaryOf()).toThrow('pre-conditions');
  });

  const pieces = async function* (bytes: Buffer, sizes: number[]) {
    for (let at = 0, turn = 0; at < bytes.length; turn++) {
      const size = sizes[turn % sizes.length] ?? 1;
      yield bytes.subarray(at, at + size);
      at += size;
    }
  };

  test('is the same however it is cut', async () => {
    // Content that looks like a boundary, but is none.
    const near = fc.constantFrom('\r\n--boundar', '\r\n-', '\r', '--boundary', '\n--boundary', 'x');
    const content = fc.array(near, { maxLength: 8 }).map((parts) => parts.join(''));
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(content, content, sizes, async (value, file, cuts) => {
        const body = `ignored\r\n--boundary7 \r\ncontent-disposition: Form-Data; filename="; name=x"; name="a\\"b"\r\n\r\n${value}\r\n--boundary7\r\nContent-Type: image/png\r\nContent-Disposition: form-data; name=file\r\n\r\n${file}\r\n--boundary7--`;
        const reader = new ByteReader(pieces(Buffer.from(body), cuts), '\r\n');
        const form = await readForm(reader, 'boundary7');
        expect([...form.fields]).toEqual([['a"b', value]]);
        expect((await collect(form.file)).toString()).toBe(file);
      }),
    );
  });

  test.each<[string, string]>([
    ['no boundary at all', 'x'],
    ['text behind a boundary', '--b x\r\n\r\n\r\n--b--'],
    ['a part without a name', '--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--'],
    ['a part that is no form data', '--b\r\nContent-Disposition: file; name="file"\r\n\r\nx\r\n--b--'],
    ['a part of no kind', '--b\r\nContent-Disposition: ; name="file"\r\n\r\nx\r\n--b--'],
    ['a part that does not end', '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx'],
  ])('with %s is malformed', async (_what, body) => {
    const reader = new ByteReader(pieces(Buffer.from(body), [7]), '\r\n');
    await expect(readForm(reader, 'b')).rejects.toMatchObject({ code: 'MalformedPOSTRequest', status: 400 });
  });
});
