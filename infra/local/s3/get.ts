import { pipeline } from 'node:stream/promises';
import { S3Error } from './error.ts';
import { type ObjectRequest, refuse } from './request.ts';
import type { ObjectRecord } from './store.ts';

const known = /^x-amz-(user-agent|checksum-mode)$/;
/** GetObject and HeadObject: answers an object, or what is known of it; as a whole or one range of it. */
export async function getObject(action: ObjectRequest): Promise<void> {
  const { request, response, signed, bucket, key } = action;
  refuse(action, known, ['if-none-match', 'if-modified-since', 'if-unmodified-since']);
  const found = await bucket.open(key);
  if (!found) throw new S3Error('NoSuchKey', undefined, { Key: key });
  const { record, file } = found;
  try {
    const wanted = signed.field('if-match');
    if (wanted !== undefined && !matches(wanted, record.etag)) {
      throw new S3Error('PreconditionFailed', undefined, { Condition: 'If-Match' });
    }
    const range = rangeOf(signed.field('range'), record.size);
    const { start, end } = range ?? { start: 0, end: record.size - 1 };
    response.writeHead(range ? 206 : 200, {
      ...headersOf(record),
      ...(range ? { 'content-range': `bytes ${start}-${end}/${record.size}` } : {}),
      ...(signed.field('x-amz-checksum-mode') === 'ENABLED' && !range ? record.checksum : {}),
      'content-length': end - start + 1,
    });
    if (request.method === 'HEAD' || end < start) response.end();
    else await pipeline(file.createReadStream({ start, end, autoClose: false }), response);
  } finally {
    await file.close();
  }
}

const headersOf = (record: ObjectRecord): Record<string, string> => ({
  etag: record.etag,
  'last-modified': new Date(record.lastModified).toUTCString(),
  'accept-ranges': 'bytes',
  'content-type': record.contentType,
  ...record.encryption,
});

const matches = (wanted: string, etag: string): boolean =>
  wanted.split(',').some((one) => ['*', etag, etag.replaceAll('"', '')].includes(one.trim()));

/** One range; what is none, or more than one, means the whole object, as in S3. Throws `InvalidRange`. */
function rangeOf(header: string | undefined, size: number): { start: number; end: number } | undefined {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (from === '' && to === '') return undefined;
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (from !== '' && to !== '' && Number(to) < Number(from)) return undefined;
  if (start <= end) return { start, end };
  throw new S3Error('InvalidRange', undefined, { RangeRequested: header ?? '', ActualObjectSize: size });
}

/** DeleteObject; one that is not there is deleted too. */
export async function deleteObject(action: ObjectRequest): Promise<void> {
  refuse(action, /^x-amz-user-agent$/, ['if-match']);
  action.bucket.remove(action.key);
  action.response.writeHead(204).end();
}
