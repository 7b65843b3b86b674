import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it came over the wire. */
export interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly contentType: string | undefined;
  /** As they came, by name in lower case. */
  readonly headers: IncomingHttpHeaders;
  /** Bytes of the body. */
  readonly length: number;
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

/** The documented answer of a call, by upstream path; `orderNo` is echoed where the documents echo it. */
export type Answers = Readonly<Record<string, (orderNo: string) => unknown>>;

const ticket = 'FxlAe3HFtEy73Um0pJNzIUriwtfnS3KRcPXiesd5ulS4XRAIcT0FbfaP52dwZf5S';

/** The signature, written again from the documents: sort, join, SHA-1, upper case. */
export const signatureOf = (...values: readonly string[]): string =>
  createHash('sha1')
    .update([...values, ticket].sort((a, b) => (a < b ? -1 : 1)).join(''))
    .digest('hex')
    .toUpperCase();

/**
 * A stand-in for the upstream that shares no code with Signet: it hands out one ticket, remembers every request, and
 * gives documented answers.
 */
export async function startStandIn(appId: string, secret: string, answers: Answers) {
  const requests: WireRequest[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(request.url!, 'http://upstream');
      const bytes = Buffer.concat(chunks);
      const text = bytes.toString('utf8');
      const seen: WireRequest = {
        method: request.method!,
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        contentType: request.headers['content-type'],
        headers: request.headers,
        length: bytes.length,
        body: text === '' ? undefined : JSON.parse(text),
      };
      requests.push(seen);
      response.setHeader('content-type', 'application/json;charset=UTF-8');
      response.end(JSON.stringify(answer(seen)));
    });
  });

  function answer({ path, query, body }: WireRequest): unknown {
    const time = '20210621142227';
    if (path === '/api/oauth2/access_token') {
      const right = query.app_id === appId && query.secret === secret && query.grant_type === 'client_credential';
      if (!right || query.version !== '1.0.0') return { code: '400101', msg: '不合法请求' };
      return {
        code: '0',
        msg: '请求成功',
        transactionTime: time,
        access_token: 'WAA-token_1',
        expire_in: '7200',
        expire_time: time,
      };
    }
    if (path === '/api/oauth2/api_ticket') {
      const right = query.app_id === appId && query.access_token === 'WAA-token_1' && query.type === 'SIGN';
      if (!right || query.version !== '1.0.0') return { code: '400101', msg: '不合法请求' };
      const tickets = [{ value: ticket, expire_in: 3600, expire_time: time }];
      return { code: '0', msg: '请求成功', transactionTime: time, tickets };
    }
    const values = { ...query, ...body } as Record<string, string>;
    return answers[path]?.(values.orderNo ?? values.order_no ?? '') ?? { code: '66660020', msg: 'no such result' };
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Requests of operations; tickets and tokens apart. */
    calls: () => requests.filter(({ path }) => !path.startsWith('/api/oauth2/')),
    credentials: () => requests.filter(({ path }) => path.startsWith('/api/oauth2/')),
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
