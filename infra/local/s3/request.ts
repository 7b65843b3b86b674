import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ByteReader } from './bytes.ts';
import { S3Error } from './error.ts';
import type { Authenticated } from './signature.ts';
import type { Bucket } from './store.ts';

/** One request for an object that may be made. */
export interface ObjectRequest {
  request: IncomingMessage;
  response: ServerResponse;
  reader: ByteReader;
  signed: Authenticated;
  bucket: Bucket;
  key: string;
}

/**
 * Throws `NotImplemented` for `x-amz-` fields that are not known here and for headers that are named, so that nothing
 * that would change what a request means is silently passed over.
 */
export function refuse({ signed }: ObjectRequest, known: RegExp, headers: string[]): void {
  const unknown = [...signed.fields.filter((name) => !known.test(name)), ...headers].find(
    (name) => signed.field(name) !== undefined,
  );
  if (unknown !== undefined) throw new S3Error('NotImplemented', undefined, { Header: unknown });
}
