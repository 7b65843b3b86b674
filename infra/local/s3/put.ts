import { expectedOf } from './checksums.ts';
import { decodeChunked } from './chunked.ts';
import { S3Error } from './error.ts';
import { type ObjectRequest, refuse } from './request.ts';
import { encryptionOf, store } from './upload.ts';

const known =
  /^x-amz-(user-agent|trailer|decoded-content-length|sdk-checksum-algorithm|checksum-\w+|server-side-encryption(-aws-kms-key-id|-bucket-key-enabled)?)$/;
const streaming = /^STREAMING-(UNSIGNED-PAYLOAD-TRAILER|AWS4-HMAC-SHA256-PAYLOAD(?:-TRAILER)?)$/;

/** PutObject: stores an object, its body plain or in chunks. */
export async function putObject(action: ObjectRequest): Promise<void> {
  const { request, response, reader, signed, bucket, key } = action;
  const { field, fields, payload } = signed;
  refuse(action, known, ['if-match', 'cache-control', 'content-disposition', 'content-language', 'expires']);
  const encodings = (field('content-encoding') ?? '').split(',').map((encoding) => encoding.trim());
  if (encodings.some((encoding) => encoding !== '' && encoding !== 'aws-chunked')) throw new S3Error('NotImplemented');
  const ifNoneMatch = field('if-none-match');
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') throw new S3Error('NotImplemented');
  const [, chunks] = streaming.exec(payload) ?? [];
  const length = lengthOf(
    chunks === undefined ? request.headers['content-length'] : field('x-amz-decoded-content-length'),
  );
  const expected = expectedOf(fields, field);
  const upload = {
    key,
    contentType: field('content-type'),
    encryption: encryptionOf(field),
    ifAbsent: ifNoneMatch !== undefined,
    finish: () => reader.drain(),
  };
  if (chunks === undefined) {
    if (payload !== 'UNSIGNED-PAYLOAD' && !/^[0-9a-f]{64}$/.test(payload)) {
      throw new S3Error(
        'InvalidArgument',
        'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-… or a SHA256 in hex.',
      );
    }
    const contentSha256 = payload === 'UNSIGNED-PAYLOAD' ? undefined : payload;
    const size = { min: 0, max: length };
    const headers = await store(bucket, {
      ...upload,
      size,
      body: reader.rest(),
      expected: { ...expected, contentSha256 },
    });
    response.writeHead(200, headers).end();
    return;
  }
  const trailing = chunks.endsWith('TRAILER');
  if (trailing !== (expected.trailer !== undefined)) throw new S3Error('MalformedTrailerError');
  const signing = chunks.startsWith('AWS4') ? { ...signed.signing, seed: signed.signature } : undefined;
  const { body, trailers } = decodeChunked(reader, signing, trailing);
  const whole = exactly(body, length);
  const size = { min: 0, max: length };
  response.writeHead(200, await store(bucket, { ...upload, size, body: whole, trailers, expected })).end();
}

function lengthOf(text: string | undefined): number {
  if (text === undefined) throw new S3Error('MissingContentLength');
  if (!/^\d{1,15}$/.test(text)) throw new S3Error('InvalidArgument', 'The length is not a number.');
  return Number(text);
}

async function* exactly(body: AsyncIterable<Buffer>, length: number): AsyncGenerator<Buffer> {
  let left = length;
  for await (const chunk of body) {
    left -= chunk.length;
    if (left < 0) break;
    yield chunk;
  }
  if (left !== 0) throw new S3Error('IncompleteBody');
}
