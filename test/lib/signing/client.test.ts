import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { isLoopbackOrigin } from '../../../lib/signing/client.ts';
import { bodyOf, clientFor, failureOf, hosts, post, secretPath } from './calls.ts';
import { httpStand, tcpStand } from './servers.ts';

describe('hosts', () => {
  it.each([
    'https://ida.webbank.com',
    'https://idasc.webbank.com',
    'http://ida.webank.com',
    'https://ida.webank.com/',
    'https://ida.webank.com:443',
    'https://ida.webank.com:8443',
    'https://ida.webank.com.example.com',
    'https://ida.webank.com@example.com',
    'https://user:pass@ida.webank.com',
    'https://example.com/ida.webank.com',
    'https://example.com#ida.webank.com',
    'https://example.com\\@ida.webank.com',
    'https://xida.webank.com',
    'https://webank.com',
    'https://IDA.WEBANK.COM',
    'https://ida.webank.com.',
    'https://ida。webank。com',
    'https://idа.webank.com',
    'https:ida.webank.com',
    '//ida.webank.com',
    'ida.webank.com',
    'https://kyc2.qcloud.com',
    'https://127.0.0.1',
    'http://127.0.0.1:1',
    'http://169.254.169.254',
    'file:///etc/passwd',
    '',
  ])('%j is none of ours', async (origin) => {
    expect(await failureOf(post(clientFor(), origin))).toEqual({ kind: 'not-sent', code: 'HOST_NOT_ALLOWED' });
  });

  it('nothing but the exact names is let through, with a stand-in or without', async () => {
    const standIn = 'http://127.0.0.1:9';
    const client = clientFor(standIn);
    const names = fc.constantFrom(...hosts);
    const noise = fc.oneof(
      fc.string({ minLength: 1, maxLength: 4 }),
      fc.constantFrom('.', '@', ':', '/', '%', '-', 'a.'),
    );
    const origins = fc.oneof(
      fc.string(),
      fc.webUrl(),
      fc.tuple(names, noise).map(([name, more]) => `https://${name}${more}`),
      fc.tuple(names, noise).map(([name, more]) => `https://${more}${name}`),
      fc
        .tuple(names, fc.nat(30), noise)
        .map(([name, at, more]) => `https://${name.slice(0, at)}${more}${name.slice(at)}`),
      noise.map((more) => `${standIn}${more}`),
    );
    const seed = 20_260_105;
    const foreign = fc
      .sample(origins, { numRuns: 10_000, seed })
      .filter((origin) => !(origin.startsWith('https://') && hosts.has(origin.slice(8))) && origin !== standIn);
    expect(foreign.length).toBeGreaterThan(9_900);
    for (const origin of foreign) {
      const { code } = await post(client, origin).then(
        () => ({ code: 'sent' }),
        (error: { code: string }) => error,
      );
      if (code !== 'HOST_NOT_ALLOWED') expect.fail(`seed ${seed}: ${JSON.stringify(origin)} ended with ${code}`);
    }
  });

  it.each([
    ['http://127.0.0.1:3000', true],
    ['http://127.8.9.10:3000/', true],
    ['http://localhost:3000', true],
    ['https://localhost', true],
    ['http://[::1]:3000', true],
    ['http://0.0.0.0:3000', false],
    ['http://10.0.0.1:3000', false],
    ['http://169.254.169.254', false],
    ['http://localhost.example.com', false],
    ['http://127.0.0.1.example.com', false],
    ['http://example.com', false],
    ['http://user@127.0.0.1:3000', false],
    ['http://127.0.0.1:3000/path', false],
    ['http://127.0.0.1:3000/?a', false],
    ['http://127.0.0.1:3000/#a', false],
    ['ftp://127.0.0.1', false],
    ['127.0.0.1:3000', false],
    ['', false],
  ])('%s may stand in for the upstream: %s', (text, expected) => {
    expect(isLoopbackOrigin(text)).toBe(expected);
  });

  it('a stand-in that is not on this machine is refused', async () => {
    const client = clientFor('http://example.com');
    expect((await failureOf(post(client, 'http://example.com'))).code).toBe('HOST_NOT_ALLOWED');
  });
});

describe('a request', () => {
  it('arrives byte by byte as it was given, with its exact length', async () => {
    const pieces = ['{"name":"', '张三', '","photoStr":"', 'A'.repeat(70_000), '"}'];
    const seen: { url?: string; headers: Record<string, unknown>; text: string }[] = [];
    const server = await httpStand((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        seen.push({ url: request.url, headers: request.headers, text: Buffer.concat(chunks).toString() });
        response.end('{"code":"0"}');
      });
    });
    const client = clientFor(server.origin);
    const body = bodyOf(...pieces);
    // Twice with one body: a call that never left is sent again.
    for (const _ of [1, 2]) {
      const reply = await post(client, server.origin, { body });
      expect(reply.status).toBe(200);
      expect(reply.body.toString()).toBe('{"code":"0"}');
    }
    for (const { url, headers, text } of seen) {
      expect(url).toBe(secretPath);
      expect(text).toBe(pieces.join(''));
      expect(headers).toMatchObject({ 'content-type': 'application/json', 'content-length': String(body.length) });
      expect(headers).not.toHaveProperty('transfer-encoding');
    }
  });

  it('without a body has neither length nor type', async () => {
    const headers: Record<string, unknown>[] = [];
    const server = await httpStand((request, response) => {
      headers.push(request.headers);
      response.end(request.method);
    });
    const reply = await post(clientFor(server.origin), server.origin, { method: 'GET', body: undefined });
    expect(reply.body.toString()).toBe('GET');
    expect(Object.keys(headers[0]!).filter((name) => /^(content|transfer|accept-encoding)/.test(name))).toEqual([]);
  });

  it('goes past the proxy that the environment names', async () => {
    const proxied = vi.fn();
    const proxy = await tcpStand((socket) => {
      proxied();
      socket.destroy();
    });
    for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy']) {
      vi.stubEnv(name, proxy.origin);
    }
    vi.stubEnv('NODE_USE_ENV_PROXY', '1');
    vi.stubEnv('NO_PROXY', undefined);
    vi.stubEnv('no_proxy', undefined);
    const server = await httpStand((_request, response) => response.end('direct'));
    const reply = await post(clientFor(server.origin), server.origin).finally(() => vi.unstubAllEnvs());
    expect(reply.body.toString()).toBe('direct');
    expect(proxied).not.toHaveBeenCalled();
  });
});

describe('an answer', () => {
  it.each([
    [200, 'text/html', '<html>busy</html>'],
    [502, 'text/html', '<html>bad gateway</html>'],
    [500, 'application/json', '{"code":"999999"}'],
    [405, 'text/plain', ''],
    [429, 'text/plain', 'slow down'],
  ])('%i %s is handed on as it is', async (status, type, text) => {
    const server = await httpStand((_request, response) => {
      response.writeHead(status, { 'content-type': type }).end(text);
    });
    const reply = await post(clientFor(server.origin), server.origin);
    expect({ status: reply.status, text: reply.body.toString() }).toEqual({ status, text });
  });

  it.each([301, 302, 303, 307, 308])('%i is not followed', async (status) => {
    const elsewhere = vi.fn();
    const other = await httpStand(elsewhere);
    const server = await httpStand((_request, response) => {
      response.writeHead(status, { location: `${other.origin}/canary` }).end();
    });
    expect((await post(clientFor(server.origin), server.origin)).status).toBe(status);
    expect(elsewhere).not.toHaveBeenCalled();
  });

  it('may come while the body is still being sent', async () => {
    const server = await tcpStand((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n'));
    });
    const reply = await post(clientFor(server.origin), server.origin).catch((error: unknown) => error);
    // Which of the two the client sees first is a race; neither may look like "not sent".
    expect(reply).toSatisfy(
      (seen: { status?: number; kind?: string }) => seen.status === 413 || seen.kind === 'broken',
    );
  });

  it('may be exactly as long as allowed', async () => {
    const server = await httpStand((_request, response) => response.end('x'.repeat(1_024)));
    expect((await post(clientFor(server.origin), server.origin, { maxBytes: 1_024 })).body).toHaveLength(1_024);
  });
});

describe('connections', () => {
  it('are used again within 2 s, and never after', async () => {
    const server = await httpStand((_request, response) => response.end('{}'));
    let clock = Date.parse('2026-01-05T02:00:00Z');
    const client = clientFor(server.origin, { now: () => clock });
    const call = async () => {
      await post(client, server.origin);
      // The socket is free for the next call one turn after the answer.
      await new Promise((resolve) => setTimeout(resolve, 20));
      return server.connections();
    };
    expect(await call()).toBe(1);
    clock += 2_000;
    expect(await call()).toBe(1);
    clock += 2_001;
    expect(await call()).toBe(2);
    clock += 60_000;
    expect(await call()).toBe(3);
    await vi.waitFor(() => expect(server.openSockets()).toBe(1), { timeout: 500 });
  });

  it('end with the client', async () => {
    const server = await httpStand((_request, response) => response.end('{}'));
    const client = clientFor(server.origin);
    await post(client, server.origin);
    await client.close();
    await vi.waitFor(() => expect(server.openSockets()).toBe(0), { timeout: 500 });
  });
});
