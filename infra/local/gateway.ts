import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { findMethod, type IncomingRequest, type Match, pathOf, proxyEvent } from './gateway-event.ts';
import { type Answer, gatewayResponse, proxyResponse, type ResponseType } from './gateway-response.ts';
import type { InvokeResult } from './instance.ts';
import type { Json } from './intrinsics.ts';
import { listen } from './listen.ts';
import type { ApiModel } from './model.ts';

/** Runs a function; takes the invocation back on `signal` if it has not begun. */
export type Invoke = (functionName: string, event: unknown, signal?: AbortSignal) => Promise<InvokeResult>;

/** What the gateway is started with. */
export interface GatewayOptions {
  api: ApiModel;
  invoke: Invoke;
  accountId: string;
  /** 0 for any free one. */
  port: number;
  /** Takes one line about something that went wrong, without any content of the request. */
  log: (line: string) => void;
  /** Epoch milliseconds. */
  now?: () => number;
}

/** A running gateway. */
export interface Gateway {
  url: string;
  /** Stops accepting requests, lets those that run end for `graceMs` milliseconds, then closes their connections. */
  stop: (graceMs?: number) => Promise<void>;
}

/** Limits of a REST API, in bytes. */
export const gatewayLimits = { body: 10 * 1024 * 1024, headers: 10_240 };

/** What is still read of a body that is over the limit, so that its sender gets to see the answer. */
const patience = 64 * 1024 * 1024;
const callerName = /^[A-Za-z0-9_.@-]{1,64}$/;
const ownHosts = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;

/**
 * Starts the HTTP server that behaves as a regional REST API in front of Lambda functions. It differs in one point:
 * signatures are not verified, the caller is the header `x-signet-caller`, or `local`. Rejects with `EADDRINUSE`.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const server = createServer({ maxHeaderSize: gatewayLimits.headers, requestTimeout: 60_000 }, (request, response) => {
    // Only what this server itself gets wrong ends here; a client that went away is no error.
    serve(request, response, options).catch((error: Error) => {
      if (!request.destroyed && !response.destroyed) options.log(`gateway: ${error.name}`);
      response.destroy();
    });
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return socket.destroy();
    const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  });
  const port = await listen(server, options.port);
  return {
    url: `http://127.0.0.1:${port}`,
    stop: (graceMs = 0) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => server.closeAllConnections(), graceMs);
        server.close(() => {
          clearTimeout(timer);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

async function serve(message: IncomingMessage, response: ServerResponse, options: GatewayOptions): Promise<void> {
  const { api, now = Date.now } = options;
  const requestId = randomUUID();
  const request: IncomingRequest = {
    method: message.method ?? 'GET',
    target: message.url ?? '/',
    rawHeaders: message.rawHeaders,
    sourceIp: message.socket.remoteAddress ?? '127.0.0.1',
  };
  const path = pathOf(request.target);
  const context: Json = {
    accountId: options.accountId,
    apiId: 'local',
    extendedRequestId: requestId,
    httpMethod: request.method,
    identity: { sourceIp: request.sourceIp },
    path,
    protocol: 'HTTP/1.1',
    requestId,
    requestTimeEpoch: now(),
    stage: api.stageName,
  };
  const refuse = (type: ResponseType): void => send(response, requestId, gatewayResponse(api, type, context));

  // A page in a browser must not reach this server through a name that it points at the loopback address.
  if (!ownHosts.test(message.headers.host ?? '')) return refuse('ACCESS_DENIED');
  let match: Match | undefined;
  try {
    match = findMethod(api, request.method, path);
  } catch {
    return refuse('BAD_REQUEST');
  }
  if (!match) return refuse('MISSING_AUTHENTICATION_TOKEN');
  context.resourcePath = match.method.resource;
  const caller = message.headers['x-signet-caller'] ?? 'local';
  if (typeof caller !== 'string' || !callerName.test(caller)) return refuse('ACCESS_DENIED');
  const body = await read(message);
  if (!body) return refuse('REQUEST_TOO_LARGE');

  const { accountId } = options;
  const event = proxyEvent({ ...match, api, request, body, requestId, caller, accountId, now: now() });
  const result = await invoke(options, match, event);
  if (typeof result === 'string') return refuse(result);
  const answer = result.functionError ? undefined : proxyResponse(result.payload);
  if (!answer) {
    const cause = result.functionError?.errorType ?? 'no proxy response';
    options.log(`gateway: ${match.method.functionName} answered with ${cause} (request ${requestId})`);
    return refuse('DEFAULT_5XX');
  }
  try {
    send(response, requestId, answer);
  } catch {
    options.log(`gateway: ${match.method.functionName} answered with headers that HTTP forbids (request ${requestId})`);
    refuse('DEFAULT_5XX');
  }
}

/** Waits for the function as long as the integration may take. */
async function invoke(options: GatewayOptions, { method }: Match, event: Json): Promise<InvokeResult | ResponseType> {
  const patienceOver = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<ResponseType>((resolve) => {
    timer = setTimeout(() => {
      resolve('INTEGRATION_TIMEOUT');
      patienceOver.abort();
    }, method.timeoutMs);
  });
  try {
    return await Promise.race([options.invoke(method.functionName, event, patienceOver.signal), timeout]);
  } catch (error) {
    const { name } = error as Error;
    if (name === 'RequestEntityTooLargeException') return 'REQUEST_TOO_LARGE';
    options.log(`gateway: ${method.functionName} could not be invoked: ${name}`);
    return 'DEFAULT_5XX';
  } finally {
    clearTimeout(timer);
  }
}

/** The whole body, or `undefined` if it is over the limit. */
async function read(message: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message) {
    bytes += (chunk as Buffer).length;
    if (bytes <= gatewayLimits.body) chunks.push(chunk as Buffer);
    else chunks.length = 0;
    if (bytes > patience) break;
  }
  return bytes <= gatewayLimits.body ? Buffer.concat(chunks) : undefined;
}

function send(response: ServerResponse, requestId: string, { status, headers, body }: Answer): void {
  if (response.destroyed) return;
  const payload = Buffer.from(body);
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  response.setHeader('x-amzn-RequestId', requestId);
  for (const name of new Set(headers.map(([key]) => key))) {
    const values = headers.filter(([key]) => key === name).map(([, value]) => value);
    response.setHeader(name, values.length === 1 ? (values[0] ?? '') : values);
  }
  response.setHeader('content-length', payload.length);
  response.writeHead(status);
  response.end(payload);
}
