import { createServer } from 'node:http';
import { Pool } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient, UpstreamFailure } from '#signing';
import { listen } from '../../infra/local/listen.ts';
import { bodyOf } from '../lib/signing/calls.ts';
import { type FaultName, type FaultProxy, startProxy } from './proxy.ts';
import { closedPort } from './stand.ts';

/**
 * What undici itself reports for each fault (reliability, section 2) and what the client makes of it. Should an upgrade of
 * undici change a row, this says so. `UND_ERR_ABORTED` stands for a call that only the total deadline has ended.
 */
const table: readonly [fault: FaultName, undici: readonly string[], client: string][] = [
  ['refused', ['ECONNREFUSED'], 'not-sent ECONNREFUSED'],
  ['reset before the request is read', ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'], 'broken'],
  ['reset after the request', ['ECONNRESET'], 'broken ECONNRESET'],
  ['end without an answer', ['UND_ERR_SOCKET'], 'broken UND_ERR_SOCKET'],
  ['half a status line', ['UND_ERR_SOCKET'], 'broken UND_ERR_SOCKET'],
  ['cut answer', ['UND_ERR_SOCKET'], 'broken ANSWER_CUT'],
  ['silence', ['UND_ERR_HEADERS_TIMEOUT'], 'timeout DEADLINE'],
  ['headers, then silence', ['UND_ERR_BODY_TIMEOUT'], 'timeout DEADLINE'],
  ['one byte per second', ['UND_ERR_ABORTED'], 'timeout DEADLINE'],
  ['HTML with status 200', ['HTTP 200'], 'HTTP 200'],
  ['HTML with status 502', ['HTTP 502'], 'HTTP 502'],
  ['bare 429', ['HTTP 429'], 'HTTP 429'],
  ['redirect', ['HTTP 302'], 'HTTP 302'],
  ['early 413', ['HTTP 413'], 'HTTP 413'],
  ['too large an answer', ['UND_ERR_RES_EXCEEDED_MAX_SIZE'], 'broken RESPONSE_TOO_LARGE'],
  ['garbage', ['HTTPParserError', 'HPE_INVALID_CONSTANT'], 'broken'],
];

const path = '/api/paas/easyface';
const body = '{"x":"'.padEnd(200_000, 'x');
/** Milliseconds: what undici waits for a head or the next piece of a body, and when everything ends. */
const [piece, total] = [1_500, 3_000];

let proxy: FaultProxy;
let stopUpstream: () => void;
beforeAll(async () => {
  const upstream = createServer((request, response) => {
    request.resume().on('end', () => response.end('{"code":"0","result":{"similarity":"90.27"}}'));
  });
  proxy = await startProxy(`http://127.0.0.1:${await listen(upstream)}`);
  stopUpstream = () => {
    upstream.close();
    upstream.closeAllConnections();
  };
});
afterAll(async () => {
  await proxy.stop();
  stopUpstream();
});

const codeOf = (error: unknown): string => {
  const { code, name } = error as { code?: unknown; name: string };
  if (name === 'TimeoutError' || name === 'AbortError') return 'UND_ERR_ABORTED';
  return typeof code === 'string' && name !== 'HTTPParserError' ? code : name;
};

async function bare(origin: string): Promise<string> {
  const pool = new Pool(origin, { maxResponseSize: 1024 * 1024, headersTimeout: piece, bodyTimeout: piece });
  try {
    const reply = await pool.request({ method: 'POST', path, body, signal: AbortSignal.timeout(total) });
    await reply.body.text();
    return `HTTP ${reply.statusCode}`;
  } catch (error) {
    return codeOf(error);
  } finally {
    await pool.destroy();
  }
}

async function client(origin: string): Promise<string> {
  const real = createClient({ hosts: new Set(), loopback: origin });
  try {
    const call = { method: 'POST', origin, path, body: bodyOf(body), timeout: 1_000, maxBytes: 1024 * 1024 } as const;
    return `HTTP ${(await real.send(call)).status}`;
  } catch (error) {
    if (!(error instanceof UpstreamFailure)) throw error;
    return `${error.kind} ${error.code}`;
  } finally {
    await real.close();
  }
}

describe('undici', () => {
  const measured: string[] = [];
  afterAll(() => console.log(`fault | undici reports | the client\n${measured.join('\n')}`));

  it.each(table)('%s', async (fault, reports, made) => {
    proxy.fault = fault;
    const origin = fault === 'refused' ? closedPort : proxy.url;
    const [raw, ours] = [await bare(origin), await client(origin)];
    measured.push(`${fault} | ${raw} | ${ours}`);
    expect(reports).toContain(raw);
    expect(ours.startsWith(made)).toBe(true);
  });
});
