import { createHash } from 'node:crypto';

/** Version of the upstream's protocol, sent with and signed into every call. */
export const protocolVersion = '1.0.0';

/**
 * The upstream's signature (specification 4.1): the values and the SIGN ticket, sorted by UTF-16 code unit, joined
 * without a separator, SHA-1 over UTF-8, upper-case hex. SHA-1 is the upstream's choice and is used nowhere else.
 */
export function sign(values: readonly string[], ticket: string): string {
  const sorted = [...values, ticket].sort();
  return createHash('sha1').update(sorted.join(''), 'utf8').digest('hex').toUpperCase();
}

/** What a signed call must carry besides its own fields. */
export interface Signature {
  readonly nonce: string;
  readonly version: string;
  readonly sign: string;
}

/** Signs one call: app id, order number, nonce and version, the same five values for all operations (4.2). */
export function signCall(call: { appId: string; orderNo: string; nonce: string; ticket: string }): Signature {
  const { appId, orderNo, nonce, ticket } = call;
  return { nonce, version: protocolVersion, sign: sign([appId, orderNo, nonce, protocolVersion], ticket) };
}
