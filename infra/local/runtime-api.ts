import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listen } from './listen.ts';

/** Lambda's limit for the answer of a function, in bytes. */
export const responseLimit = 6_291_556;

/** What a function that failed says, as Lambda returns it. */
export interface FunctionError {
  errorType: string;
  errorMessage: string;
  trace?: string[];
}

/** One piece of work for an instance. */
export interface Invocation {
  requestId: string;
  functionArn: string;
  /** Epoch milliseconds. */
  deadline: number;
  /** The event as JSON. */
  body: string;
}

/** What the Runtime API of one instance reports. */
export interface RuntimeEvents {
  /** The instance is free: answers with its next invocation, once there is one. */
  next: () => Promise<Invocation>;
  /** The function answered. `body` is JSON. */
  answered: (requestId: string, body: string) => void;
  failed: (requestId: string, error: FunctionError) => void;
  /** The instance could not load its function and is about to exit. */
  initFailed: (error: FunctionError) => void;
}

/** A Runtime API of one instance, at `address` (host:port). */
export interface RuntimeApi {
  address: string;
  close: () => void;
}

/** Starts the Runtime API of one instance: the AWS interface of version 2018-06-01, without response streaming. */
export async function startRuntimeApi(events: RuntimeEvents): Promise<RuntimeApi> {
  const server = createServer((request, response) => {
    serve(request, response, events).catch(() => response.destroy());
  });
  // The runtime waits for its next invocation for as long as it takes.
  server.requestTimeout = 0;
  const port = await listen(server);
  return {
    address: `127.0.0.1:${port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function serve(request: IncomingMessage, response: ServerResponse, events: RuntimeEvents): Promise<void> {
  const path = (request.url ?? '').replace('/2018-06-01/runtime/', '');
  if (path === 'invocation/next') return hand(response, await events.next());
  const body = await read(request);
  const [, requestId = '', kind] = /^invocation\/([^/]+)\/(response|error)$/.exec(path) ?? [];
  if (path === 'init/error') events.initFailed(parseError(body));
  else if (kind === 'error') events.failed(requestId, parseError(body));
  else if (kind === 'response' && request.headers['lambda-runtime-function-response-mode'] === 'streaming') {
    events.failed(requestId, {
      errorType: 'Function.Streaming',
      errorMessage: 'The local stage runs no streaming functions',
    });
  } else if (kind === 'response' && body.length > responseLimit) {
    events.failed(requestId, {
      errorType: 'Function.ResponseSizeTooLarge',
      errorMessage: `Response payload size exceeded maximum allowed payload size (${responseLimit} bytes).`,
    });
    response.statusCode = 413;
  } else if (kind === 'response') events.answered(requestId, body.toString());
  else response.statusCode = 404;
  if (response.statusCode === 200) response.statusCode = 202;
  response.end();
}

function hand(response: ServerResponse, invocation: Invocation): void {
  response.writeHead(200, {
    'content-type': 'application/json',
    'lambda-runtime-aws-request-id': invocation.requestId,
    'lambda-runtime-deadline-ms': String(invocation.deadline),
    'lambda-runtime-invoked-function-arn': invocation.functionArn,
  });
  response.end(invocation.body);
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function parseError(body: Buffer): FunctionError {
  try {
    return JSON.parse(body.toString()) as FunctionError;
  } catch {
    return { errorType: 'Runtime.Unknown', errorMessage: 'The runtime reported an unreadable error' };
  }
}
