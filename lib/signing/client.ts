/** The upstream HTTP client: one deadline for the whole call, exact hosts, bounded answers, no redirects, no repeats. */
import type { Readable } from 'node:stream';
import { Pool } from 'undici';

/** A body whose length in bytes is known before it is sent. `chunks` is asked for when the first of it can leave. */
export interface Body {
  readonly length: number;
  readonly chunks: () => Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/** One HTTP call. */
export interface UpstreamRequest {
  readonly method: 'GET' | 'POST';
  /** `https://host`, exactly one of the allowed origins. */
  readonly origin: string;
  /** Path with query. Never logged: queries carry secrets and signatures. */
  readonly path: string;
  /** JSON body of a POST. */
  readonly body?: Body;
  /** Milliseconds for everything: connect, send, wait, read. */
  readonly timeout: number;
  /** Longest answer that is read, in bytes. */
  readonly maxBytes: number;
}

/** An answer that arrived whole. */
export interface UpstreamReply {
  readonly status: number;
  readonly body: Buffer;
}

/** What is known when no whole answer arrived: `not-sent` is certain, everything else may have been worked on. */
export type FailureKind = 'not-sent' | 'timeout' | 'broken';

/** No whole answer. `code` is the name that Node or undici gives the fault; the message never holds a URL. */
export class UpstreamFailure extends Error {
  override readonly name = 'UpstreamFailure';
  readonly kind: FailureKind;
  readonly code: string;

  constructor(kind: FailureKind, code: string) {
    super(`The upstream call failed (${kind}: ${code})`);
    this.kind = kind;
    this.code = code;
  }
}

/** Sends calls to the upstream. */
export interface UpstreamClient {
  /** @throws UpstreamFailure when no whole answer arrived. */
  send(request: UpstreamRequest): Promise<UpstreamReply>;
  close(): Promise<void>;
}

/** What the client is made of; everything with an effect is handed in. */
export interface ClientOptions {
  /** The allowed hosts, reached over TLS. */
  readonly hosts: ReadonlySet<string>;
  /** One further origin on the loopback interface, plain HTTP allowed: the local stage's stand-in. */
  readonly loopback?: string;
  readonly now?: () => number;
  /** Calls back after some milliseconds; returns how to cancel. Virtual in tests. */
  readonly timer?: (callback: () => void, milliseconds: number) => () => void;
}

/** Faults after which the request has certainly not reached the upstream. The list is closed (reliability, section 2). */
const notSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_INVALID_ARG',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REVOKED',
  'CERT_UNTRUSTED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** A socket idle for longer may be closed by the other side at any moment (reliability: DEP-4). */
const idle = 2_000;

const loopbackHost = /^(127(\.\d{1,3}){3}|localhost|\[::1\])$/;

/** Whether a URL may stand in for the upstream: HTTP or HTTPS on the loopback interface, nothing but an origin. */
export function isLoopbackOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  const bare =
    url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  return /^https?:$/.test(url.protocol) && loopbackHost.test(url.hostname) && bare;
}

function failure(error: unknown, expired: boolean, answering: boolean): UpstreamFailure {
  if (error instanceof UpstreamFailure) return error;
  const { code: named, name = 'unknown' } = error as { code?: unknown; name?: string };
  const code = typeof named === 'string' ? named : name;
  if (expired || code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    return new UpstreamFailure('timeout', expired ? 'DEADLINE' : code);
  }
  if (answering) return new UpstreamFailure('broken', 'ANSWER_CUT');
  return new UpstreamFailure(notSent.has(code) ? 'not-sent' : 'broken', code);
}

const realTimer = (callback: () => void, milliseconds: number): (() => void) => {
  const handle = setTimeout(callback, milliseconds);
  return () => clearTimeout(handle);
};

/** Makes a client with one small pool of kept-alive connections per origin. */
export function createClient(options: ClientOptions): UpstreamClient {
  const { hosts, loopback, now = Date.now, timer = realTimer } = options;
  const pools = new Map<string, { pool: Pool; usedAt: number }>();

  const allowed = (origin: string): boolean => {
    if (loopback !== undefined && origin === loopback) return isLoopbackOrigin(origin);
    return origin.startsWith('https://') && hosts.has(origin.slice('https://'.length));
  };

  const poolOf = (origin: string): Pool => {
    const known = pools.get(origin);
    // After a freeze of the process no timer has closed the idle sockets.
    if (known && now() - known.usedAt <= idle) return known.pool;
    known?.pool.close().catch(() => {});
    const pool = new Pool(origin, {
      // A second one, because the next request may come in the tick in which the last one ends.
      connections: 2,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: idle,
      keepAliveMaxTimeout: idle,
      connect: { timeout: 5_000, rejectUnauthorized: true, minVersion: 'TLSv1.2' },
    });
    pools.set(origin, { pool, usedAt: now() });
    return pool;
  };

  return {
    async send({ method, origin, path, body, timeout, maxBytes }) {
      if (!allowed(origin)) throw new UpstreamFailure('not-sent', 'HOST_NOT_ALLOWED');
      const endsAt = now() + timeout;
      const abort = new AbortController();
      let expired = false;
      let answering = false;
      const cancel = timer(() => {
        expired = true;
        abort.abort();
      }, timeout);
      try {
        const pool = poolOf(origin);
        const reply = await pool.request({
          method,
          path,
          signal: abort.signal,
          headers: body ? { 'content-type': 'application/json', 'content-length': String(body.length) } : {},
          // undici takes any async iterable; its type names only streams.
          body: body ? (piecesInTime(body, endsAt, now) as unknown as Readable) : null,
          headersTimeout: timeout,
          bodyTimeout: timeout,
        });
        answering = true;
        const chunks: Buffer[] = [];
        let size = 0;
        if (reply.headers['content-encoding']) throw new UpstreamFailure('broken', 'CONTENT_ENCODING');
        for await (const chunk of reply.body) {
          size += (chunk as Buffer).length;
          if (size > maxBytes) throw new UpstreamFailure('broken', 'RESPONSE_TOO_LARGE');
          chunks.push(chunk as Buffer);
        }
        return { status: reply.statusCode, body: Buffer.concat(chunks) };
      } catch (error) {
        // What is left of the answer is not read; without this its socket would stay open.
        abort.abort();
        throw failure(error, expired, answering);
      } finally {
        cancel();
        const entry = pools.get(origin);
        if (entry) entry.usedAt = now();
      }
    },
    async close() {
      await Promise.all([...pools.values()].map(({ pool }) => pool.destroy()));
      pools.clear();
    },
  };
}

/**
 * The pieces of a body while there is time for them: who was frozen in the middle of one must not send the rest, since
 * others may have ended the order meanwhile.
 *
 * @param endsAt epoch milliseconds
 * @throws UpstreamFailure when the time is over
 */
export async function* piecesInTime(
  { chunks }: Body,
  endsAt: number,
  now: () => number,
): AsyncGenerator<Uint8Array, undefined> {
  for await (const chunk of chunks()) {
    if (now() >= endsAt) throw new UpstreamFailure('timeout', 'DEADLINE');
    yield chunk;
  }
}
