import { createServer } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { clientFor, failureOf, faultOf, post } from './calls.ts';
import { afterRequest, httpStand, type Stand, selfSignedStand, tcpStand } from './servers.ts';

const head = (...lines: string[]) => `${['HTTP/1.1 200 OK', ...lines].join('\r\n')}\r\n\r\n`;

describe('certainly not sent', () => {
  it('a refused connection', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    const origin = `http://127.0.0.1:${port}`;
    expect(await failureOf(post(clientFor(origin), origin))).toEqual({ kind: 'not-sent', code: 'ECONNREFUSED' });
  });

  it('a certificate that nobody vouches for: not a byte in clear', async () => {
    const seen = vi.fn();
    const server = await selfSignedStand(seen);
    const client = clientFor(undefined, { hosts: new Set([`localhost:${server.port}`]) });
    expect(await failureOf(post(client, server.origin))).toEqual({
      kind: 'not-sent',
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
    expect(seen).not.toHaveBeenCalled();
  });
});

describe('one deadline for everything', () => {
  const inTime = async (server: Stand, timeout: number) => {
    const startedAt = performance.now();
    expect(await faultOf(server, { timeout })).toEqual({ kind: 'timeout', code: 'DEADLINE' });
    const took = performance.now() - startedAt;
    expect(took).toBeGreaterThan(timeout - 10);
    expect(took).toBeLessThan(timeout + 250);
  };
  const drip = (start: string) =>
    afterRequest((socket) => {
      socket.write(start);
      const timer = setInterval(() => socket.write('1'), 20);
      socket.on('close', () => clearInterval(timer));
    });

  it('silence', async () => inTime(await afterRequest(() => {}), 200));
  it('a connection that is never read', async () => inTime(await tcpStand((socket) => socket.pause()), 200));
  it('headers, then silence', async () =>
    inTime(await afterRequest((socket) => socket.write(head('content-length: 5'))), 150));
  it('a body byte by byte', async () => inTime(await drip(head('content-length: 1000')), 300));
  it('a header byte by byte', async () => inTime(await drip('HTTP/1.1 200 OK\r\nx-slow: '), 250));

  it('on the clock that is handed in', async () => {
    const server = await afterRequest(() => {});
    let fire: (() => void) | undefined;
    let cancelled = 0;
    const timer = (callback: () => void, milliseconds: number) => {
      expect(milliseconds).toBe(20_000);
      fire = callback;
      return () => {
        cancelled += 1;
      };
    };
    const reply = failureOf(post(clientFor(server.origin, { timer }), server.origin, { timeout: 20_000 }));
    fire!();
    expect(await reply).toMatchObject({ kind: 'timeout', code: 'DEADLINE' });
    expect(cancelled).toBe(1);
  });
});

describe('perhaps sent', () => {
  it('a reset before anything is read', async () => {
    const server = await tcpStand((socket) => socket.resetAndDestroy());
    expect(await faultOf(server)).toMatchObject({ kind: 'broken' });
  });

  it('a reset after the whole request', async () => {
    const server = await afterRequest((socket) => socket.resetAndDestroy());
    expect(await faultOf(server)).toEqual({ kind: 'broken', code: 'ECONNRESET' });
  });

  it('an end without an answer, or in the status line', async () => {
    expect(await faultOf(await afterRequest((socket) => socket.end()))).toMatchObject({ kind: 'broken' });
    expect(await faultOf(await afterRequest((socket) => socket.end('HTTP/1.1 20')))).toMatchObject({ kind: 'broken' });
  });

  it('garbage instead of HTTP', async () => {
    const server = await afterRequest((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n\r\n'));
    expect((await faultOf(server)).kind).toBe('broken');
  });

  it.each([
    ['content-length', `${head('content-length: 100')}{"code":"0"`],
    ['chunks', `${head('transfer-encoding: chunked')}b\r\n{"code":"0"\r\n`],
  ])('an answer that is cut (%s)', async (_how, answer) => {
    const server = await afterRequest((socket) => socket.end(answer));
    expect(await faultOf(server)).toEqual({ kind: 'broken', code: 'ANSWER_CUT' });
  });

  it('an answer that is too large, known or not', async () => {
    const server = await httpStand((_request, response) => {
      response.write('x'.repeat(600));
      response.end('y'.repeat(425));
    });
    expect(await faultOf(server)).toEqual({ kind: 'broken', code: 'RESPONSE_TOO_LARGE' });
    const endless = await afterRequest((socket) => {
      socket.write(head('content-length: 100000000'));
      const timer = setInterval(() => socket.write('x'.repeat(500)), 5);
      socket.on('close', () => clearInterval(timer));
    });
    expect(await faultOf(endless)).toEqual({ kind: 'broken', code: 'RESPONSE_TOO_LARGE' });
    await vi.waitFor(() => expect(endless.openSockets()).toBe(0));
  });

  it('a compressed answer, whose connection is not left open', async () => {
    const server = await afterRequest((socket) =>
      socket.write(`${head('content-encoding: gzip', 'content-length: 50')}12345`),
    );
    expect(await faultOf(server)).toEqual({ kind: 'broken', code: 'CONTENT_ENCODING' });
    await vi.waitFor(() => expect(server.openSockets()).toBe(0), { timeout: 500 });
  });
});
