/** Bodies in `aws-chunked` encoding (Amazon S3 API Reference, "Transferring Payload in Multiple Chunks"). */
import { createHash } from 'node:crypto';
import type { ByteReader } from './bytes.ts';
import { S3Error } from './error.ts';
import { type Signing, sameText, sha256, sign } from './sigv4.ts';

/** How the chunks of a body are signed, beginning with the signature of the request. */
export interface ChunkSigning extends Signing {
  seed: string;
}

/** A body without its framing. */
export interface Decoded {
  body: AsyncIterable<Buffer>;
  /** What followed the body, by name; complete once the body has been read. */
  trailers: ReadonlyMap<string, string>;
}

const lineLimit = 4096;
const trailerLimit = 16;
const malformed = (): S3Error => new S3Error('IncompleteBody', 'The request body is not in aws-chunked encoding.');

/**
 * Takes the framing off a body. `signing` is given if its chunks are signed, and throws `SignatureDoesNotMatch` at the
 * first one that is not; `signedTrailer` says whether what follows them is signed too.
 */
export function decodeChunked(reader: ByteReader, signing?: ChunkSigning, signedTrailer = false): Decoded {
  const trailers = new Map<string, string>();
  return { body: decode(reader, trailers, signing, signedTrailer), trailers };
}

async function* decode(
  reader: ByteReader,
  trailers: Map<string, string>,
  signing: ChunkSigning | undefined,
  signedTrailer: boolean,
): AsyncGenerator<Buffer> {
  let previous = signing?.seed ?? '';
  const check = (kind: 'PAYLOAD' | 'TRAILER', rest: string[], given: string): void => {
    if (!signing) return;
    previous = sign(signing, [`AWS4-HMAC-SHA256-${kind}`, signing.date, signing.scope, previous, ...rest].join('\n'));
    if (!sameText(previous, given)) throw new S3Error('SignatureDoesNotMatch');
  };
  for (;;) {
    const line = await reader.text('\r\n', lineLimit, malformed);
    const [, hex, given = ''] = /^([0-9a-f]{1,9})(?:;chunk-signature=([0-9a-f]{64}))?$/i.exec(line) ?? [];
    if (hex === undefined) throw malformed();
    const size = Number.parseInt(hex, 16);
    const digest = createHash('sha256');
    for await (const piece of reader.take(size)) {
      digest.update(piece);
      yield piece;
    }
    check('PAYLOAD', [sha256(''), digest.digest('hex')], given);
    if (size === 0) break;
    if ((await reader.text('\r\n', 0, malformed)) !== '') throw malformed();
  }
  const signed: string[] = [];
  while (!(await reader.ended())) {
    const line = await reader.text('\r\n', lineLimit, malformed);
    if (line === '') break;
    const colon = line.indexOf(':');
    if (colon < 1 || trailers.size >= trailerLimit) throw new S3Error('MalformedTrailerError');
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    trailers.set(name, value);
    if (name !== 'x-amz-trailer-signature') signed.push(`${name}:${value}\n`);
  }
  if (signedTrailer) check('TRAILER', [sha256(signed.join(''))], trailers.get('x-amz-trailer-signature') ?? '');
}
