/** A proxy on raw sockets that does to a call what networks, load balancers and broken servers do. */
import { createServer, type Socket } from 'node:net';
import { listen } from '../../infra/local/listen.ts';

/** What can be done to a call. `refused` is for the caller to arrange: it goes to a port where nobody listens. */
export type FaultName =
  | 'none'
  | 'refused'
  | 'reset before the request is read'
  | 'reset after the request'
  | 'end without an answer'
  | 'silence'
  | 'headers, then silence'
  | 'one byte per second'
  | 'half a status line'
  | 'cut answer'
  | 'HTML with status 200'
  | 'HTML with status 502'
  | 'bare 429'
  | 'wrong content type'
  | 'too large an answer'
  | 'garbage'
  | 'early 413'
  | 'redirect'
  | 'slow';

/** A running proxy. */
export interface FaultProxy {
  readonly url: string;
  /** Done to every call from now on. */
  fault: FaultName;
  readonly stop: () => Promise<void>;
}

interface Request {
  readonly method: string;
  readonly path: string;
  readonly body: Buffer;
}

/** One whole request on a socket, and the upstream behind the proxy. */
interface Exchange {
  readonly socket: Socket;
  /** Lets the upstream work on it; its JSON. */
  readonly forward: () => Promise<Buffer>;
  readonly target: string;
}

const page = Buffer.from('<!DOCTYPE html><html><body><h1>Busy</h1></body></html>');
const json = 'application/json;charset=UTF-8';
const tooLarge = Buffer.concat([Buffer.from('{"code":"0","msg":"'), Buffer.alloc(13 * 1024 * 1024, 'x')]);

const head = (status: string, type: string, length: number, ...more: string[]): string =>
  [`HTTP/1.1 ${status}`, `content-type: ${type}`, `content-length: ${length}`, ...more, '', ''].join('\r\n');

function answer(socket: Socket, body: Buffer, status = '200 OK', type = json, ...more: string[]): void {
  socket.write(Buffer.concat([Buffer.from(head(status, type, body.length, ...more)), body]));
}

function drip(socket: Socket, body: Buffer): void {
  socket.write(head('200 OK', json, body.length));
  let at = 0;
  const timer = setInterval(() => {
    socket.write(body.subarray(at, at + 1));
    at += 1;
  }, 1_000);
  socket.on('close', () => clearInterval(timer));
}

type Act = (exchange: Exchange) => Promise<void> | void;
/** What happens once the whole request is there. An act that forwards first is one whose answer gets lost. */
const acts: Readonly<Record<Exclude<FaultName, 'refused' | 'early 413'>, Act>> = {
  none: async ({ socket, forward }) => answer(socket, await forward()),
  // On a new connection this comes before anything is read; a kept one is reset at its next request.
  'reset before the request is read': ({ socket }) => void socket.resetAndDestroy(),
  'reset after the request': async ({ socket, forward }) => {
    await forward();
    socket.resetAndDestroy();
  },
  'end without an answer': async ({ socket, forward }) => {
    await forward();
    socket.end();
  },
  silence: async ({ forward }) => void (await forward()),
  'headers, then silence': async ({ socket, forward }) => {
    const { length } = await forward();
    socket.write(head('200 OK', json, length));
  },
  'one byte per second': async ({ socket, forward }) => drip(socket, await forward()),
  'half a status line': async ({ socket, forward }) => {
    await forward();
    socket.end('HTTP/1.1 20');
  },
  'cut answer': async ({ socket, forward }) => {
    const body = await forward();
    socket.write(head('200 OK', json, body.length));
    socket.end(body.subarray(0, body.length - 3));
  },
  'HTML with status 200': ({ socket }) => answer(socket, page, '200 OK', 'text/html'),
  'HTML with status 502': async ({ socket, forward }) => {
    await forward();
    answer(socket, page, '502 Bad Gateway', 'text/html');
  },
  'bare 429': ({ socket }) => answer(socket, Buffer.alloc(0), '429 Too Many Requests', 'text/plain'),
  'wrong content type': async ({ socket, forward }) => answer(socket, await forward(), '200 OK', 'text/html'),
  'too large an answer': async ({ socket, forward }) => {
    await forward();
    answer(socket, tooLarge);
  },
  garbage: async ({ socket, forward }) => {
    await forward();
    socket.end('SSH-2.0-OpenSSH_9.2\r\n\r\n');
  },
  redirect: ({ socket, target }) =>
    answer(socket, Buffer.alloc(0), '302 Found', 'text/html', `location: ${target}/api/paas/easyface`),
  slow: async ({ socket, forward }) => {
    const body = await forward();
    setTimeout(() => answer(socket, body), 150);
  },
};

/** Splits bytes into a request, once all of its body is there. */
function whole(bytes: Buffer): Request | null {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const text = bytes.toString('latin1', 0, end);
  const length = Number(/^content-length: (\d+)$/im.exec(text)?.[1] ?? 0);
  const body = bytes.subarray(end + 4);
  const [method = '', path = ''] = text.split(' ', 2);
  return body.length < length ? null : { method, path, body };
}

/** A proxy in front of the upstream at `target`, on a free loopback port. */
export async function startProxy(target: string): Promise<FaultProxy> {
  const sockets = new Set<Socket>();
  const proxy = { fault: 'none' as FaultName };

  const serve = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    if (proxy.fault === 'reset before the request is read') return void socket.resetAndDestroy();
    let chunks: Buffer[] = [];
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      const { fault } = proxy;
      if (fault === 'refused') return;
      if (fault === 'early 413') {
        // Reading stops, so a large body is still on its way.
        socket.pause();
        socket.end(head('413 Content Too Large', 'text/plain', 0, 'connection: close'));
        return;
      }
      const bytes = Buffer.concat(chunks);
      const request = whole(bytes);
      if (!request) return;
      chunks = [];
      const { method, path, body } = request;
      const forward = async (): Promise<Buffer> => {
        const sent = method === 'GET' ? {} : { body, headers: { 'content-type': 'application/json' } };
        const reply = await fetch(`${target}${path}`, { method, ...sent });
        return Buffer.from(await reply.arrayBuffer());
      };
      Promise.resolve(acts[fault]({ socket, forward, target })).catch(() => socket.destroy());
    });
  };

  const server = createServer({ allowHalfOpen: true }, serve);
  server.on('connection', (socket) => socket.on('end', () => socket.end()));
  const port = await listen(server);
  return Object.assign(proxy, {
    url: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise<void>((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  });
}
