/** Forms in `multipart/form-data` (RFC 7578), as far as S3 reads them: fields, then one file, then nothing that counts. */
import type { ByteReader } from './bytes.ts';
import { S3Error } from './error.ts';

/** A form up to its file. */
export interface Form {
  /** By name in lower case; values of the same name joined with commas, as S3 does. */
  fields: ReadonlyMap<string, string>;
  /** The bytes of the file; its end is the end of the part, so a form that breaks off throws. */
  file: AsyncIterable<Buffer>;
}

/** S3's limit for everything before the file, in bytes. */
const beforeFileLimit = 20_480;
const tooLong = (): S3Error =>
  new S3Error('MaxPostPreDataLengthExceeded', undefined, { MaxPostPreDataLengthBytes: beforeFileLimit });

/** The boundary that a content type names. Throws what S3 answers if it is no form. */
export function boundaryOf(contentType = ''): string {
  if (!/^multipart\/form-data\s*(;|$)/i.test(contentType)) {
    const Condition = 'Bucket POST must be of the enclosure-type multipart/form-data';
    throw new S3Error('PreconditionFailed', undefined, { Condition });
  }
  const [, quoted, bare] = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))\s*(?:;|$)/i.exec(contentType) ?? [];
  const boundary = quoted ?? bare;
  if (boundary === undefined) throw new S3Error('MalformedPOSTRequest');
  return boundary;
}

/**
 * Reads a form up to its file. The body must begin with a line break of its own, so that the first boundary is one like
 * the others. Throws `MalformedPOSTRequest`, and `InvalidArgument` if there is no file.
 */
export async function readForm(reader: ByteReader, boundary: string): Promise<Form> {
  const delimiter = `\r\n--${boundary}`;
  const fields = new Map<string, string>();
  let left = beforeFileLimit;
  const text = async (until: string): Promise<string> => {
    const read = await wellFormed(reader.text(until, left, tooLong));
    left -= Buffer.byteLength(read) + until.length;
    return read;
  };
  await text(delimiter);
  for (;;) {
    if ((await reader.peek(2)) === '--') {
      throw new S3Error('InvalidArgument', 'POST requires exactly one file upload per request.', {
        ArgumentName: 'file',
        ArgumentValue: 0,
      });
    }
    if ((await text('\r\n')).trim() !== '') throw new S3Error('MalformedPOSTRequest');
    let disposition = '';
    for (let line = await text('\r\n'); line !== ''; line = await text('\r\n')) {
      const [, value] = /^content-disposition:\s*(.*)$/i.exec(line) ?? [];
      if (value !== undefined) disposition = value;
    }
    const name = nameOf(disposition).toLowerCase();
    if (name === 'file') return { fields, file: wellFormedBytes(reader.until(delimiter)) };
    const value = await text(delimiter);
    const before = fields.get(name);
    fields.set(name, before === undefined ? value : `${before},${value}`);
  }
}

function nameOf(disposition: string): string {
  const [kind = ''] = /^form-data\s*/i.exec(disposition) ?? [];
  const parameters = disposition.slice(kind.length).matchAll(/;\s*([\w*]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))\s*/gy);
  for (const [, name = '', quoted, bare] of parameters) {
    if (kind !== '' && name.toLowerCase() === 'name') return quoted?.replace(/\\(.)/g, '$1') ?? bare ?? '';
  }
  throw new S3Error('MalformedPOSTRequest');
}

const asMalformed = (error: unknown): unknown =>
  error instanceof S3Error && error.code === 'IncompleteBody' ? new S3Error('MalformedPOSTRequest') : error;

async function wellFormed<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw asMalformed(error);
  }
}

async function* wellFormedBytes(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* source;
  } catch (error) {
    throw asMalformed(error);
  }
}
