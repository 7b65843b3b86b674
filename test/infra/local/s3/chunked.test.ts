import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader } from '../../../../infra/local/s3/bytes.ts';
import { startDigests } from '../../../../infra/local/s3/checksums.ts';
import { decodeChunked } from '../../../../infra/local/s3/chunked.ts';
import { S3Error } from '../../../../infra/local/s3/error.ts';
import { signingFor } from '../../../../infra/local/s3/sigv4.ts';
import { collect } from './fixture.ts';

async function* cut(body: Buffer, size: number) {
  for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size);
}

const read = async (
  body: string | Buffer,
  signing?: Parameters<typeof decodeChunked>[1],
  trailer = false,
  size = 1000,
) => {
  const decoded = decodeChunked(new ByteReader(cut(Buffer.from(body), size)), signing, trailer);
  const bytes = await collect(decoded.body);
  return { bytes, trailers: Object.fromEntries(decoded.trailers) };
};

describe('signed chunks: the examples of the S3 API Reference, "Transferring Payload in Multiple Chunks"', () => {
  const signing = signingFor(
    'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    '20130524/us-east-1/s3/aws4_request',
    '20130524T000000Z',
  );
  const chunk = (size: number, signature: string) =>
    `${size.toString(16)};chunk-signature=${signature}\r\n${'a'.repeat(size)}`;
  const plain = {
    seed: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
    body: [
      chunk(65_536, 'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648'),
      chunk(1024, '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497'),
      chunk(0, 'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9'),
      '',
    ].join('\r\n'),
  };
  const trailing = {
    seed: '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e',
    body: [
      chunk(65_536, 'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2'),
      chunk(1024, '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7'),
      `${chunk(0, '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992')}x-amz-checksum-crc32c:sOO8/Q==`,
      'x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435',
      '',
    ].join('\r\n'),
  };

  test('without a trailer', async () => {
    const { bytes, trailers } = await read(plain.body, { ...signing, seed: plain.seed });
    expect(bytes.equals(Buffer.alloc(66_560, 'a'))).toBe(true);
    expect(trailers).toEqual({});
  });

  test('with a trailer, whose checksum is right', async () => {
    const { bytes, trailers } = await read(trailing.body, { ...signing, seed: trailing.seed }, true);
    expect(bytes).toHaveLength(66_560);
    const digests = startDigests({ digests: {}, trailer: 'x-amz-checksum-crc32c' });
    digests.update(bytes);
    expect(digests.verify(new Map(Object.entries(trailers))).checksum).toEqual({ 'x-amz-checksum-crc32c': 'sOO8/Q==' });
  });

  test('a change anywhere is refused', async () => {
    const seeded = { ...signing, seed: trailing.seed };
    // The last line break may be missing; the digits of sizes are the same in either case.
    const position = fc.oneof(
      fc.integer({ min: 0, max: 90 }),
      fc.integer({ min: 0, max: trailing.body.length - 3 }),
      fc.integer({ min: trailing.body.length - 210, max: trailing.body.length - 3 }),
    );
    await fc.assert(
      fc.asyncProperty(position, fc.constantFrom(...'bx05;:\r\n'.split('')), async (at, character) => {
        fc.pre(trailing.body[at] !== character);
        const changed = trailing.body.slice(0, at) + character + trailing.body.slice(at + 1);
        await expect(read(changed, seeded, true, 70_000)).rejects.toBeInstanceOf(S3Error);
      }),
      { numRuns: 200 },
    );
  });
});

describe('chunks', () => {
  test('are put together however they are cut', async () => {
    const sizes = fc.integer({ min: 1, max: 30 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ minLength: 1, unit: 'binary' })), sizes, async (texts, size) => {
        const framed = texts.map((text) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`).join('');
        const { bytes, trailers } = await read(
          `${framed}0\r\nX-Amz-Checksum-CRC32: AAAA\r\n\r\n`,
          undefined,
          true,
          size,
        );
        expect(bytes.equals(Buffer.from(texts.join('')))).toBe(true);
        expect(trailers).toEqual({ 'x-amz-checksum-crc32': 'AAAA' });
      }),
    );
  });

  test.each<[string, string, string]>([
    ['that do not end', '5\r\nhello\r\n', 'IncompleteBody'],
    ['shorter than they say', '6\r\nhello\r\n0\r\n\r\n', 'IncompleteBody'],
    ['longer than they say', '4\r\nhello\r\n0\r\n\r\n', 'IncompleteBody'],
    ['without a size', 'hello\r\n', 'IncompleteBody'],
    ['with a line that does not end', '0'.repeat(5000), 'IncompleteBody'],
    ['with a trailer that is none', '0\r\nhello\r\n\r\n', 'MalformedTrailerError'],
    [
      'with very many trailers',
      `0\r\n${Array.from({ length: 20 }, (_, i) => `a${i}:b\r\n`).join('')}`,
      'MalformedTrailerError',
    ],
  ])('%s are refused', async (_what, body, code) => {
    await expect(read(body)).rejects.toMatchObject({ code, status: 400 });
  });
});

// "123456789" is what the catalogue of parametrised CRC algorithms gives check values for (crc-32/iso-hdlc, crc-32/iscsi);
// SHA-1 and SHA-256 of "abc" are the examples of FIPS 180.
test.each<[string, string, string]>([
  ['crc32', '123456789', 'cbf43926'],
  ['crc32c', '123456789', 'e3069283'],
  ['sha1', 'abc', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
  ['sha256', 'abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
])('%s of %j', (algorithm, text, hex) => {
  const digests = startDigests({ digests: { [algorithm]: Buffer.from(hex, 'hex').toString('base64') } });
  for (const character of text) digests.update(Buffer.from(character));
  expect(() => digests.verify(new Map())).not.toThrow();
});
