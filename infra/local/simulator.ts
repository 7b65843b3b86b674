import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { ProfileName } from '../../lib/operation.ts';
import { operations } from '../../lib/operations/index.ts';
import { createSimulator, type Simulator } from '../../lib/simulator/simulator.ts';
import { writeFileAtomically } from './atomic-file.ts';
import { listen } from './listen.ts';

/** What the simulated upstream is started with. */
export interface SimulatorOptions {
  profile: ProfileName;
  appId: string;
  secret: string;
  /** 0 for any free one. */
  port: number;
  /** File that keeps what the upstream remembers between runs. */
  stateFile: string;
}

/** A running upstream. */
export interface RunningSimulator {
  url: string;
  stop: () => Promise<void>;
}

/** More than the largest media of the upstream, in bytes. */
const bodyLimit = 64 * 1024 * 1024;
/** How many of the last requests can be looked at. */
const remembered = 50;
/** Changes are written together, so many milliseconds after the first of them. */
const writeDelay = 200;

/** Serves the simulator on a loopback port, and keeps its memory in a file. */
export async function startSimulator(options: SimulatorOptions): Promise<RunningSimulator> {
  const { profile, appId, secret, stateFile } = options;
  const state = readState(stateFile);
  const simulator = createSimulator({ profile, operations, appId, secret, state });
  let timer: NodeJS.Timeout | undefined;
  const save = (): void => {
    clearTimeout(timer);
    timer = undefined;
    writeFileAtomically(stateFile, JSON.stringify(simulator.state()));
  };
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    serve(simulator, seen, request, response)
      .catch(() => response.destroy())
      .finally(() => {
        timer ??= setTimeout(save, writeDelay);
      });
  });
  // A silent upstream is silent for as long as its caller waits.
  server.requestTimeout = 0;
  const port = await listen(server, options.port);
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          save();
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/** What an earlier run has kept. A file that cannot be read is worth no more than none: the upstream starts afresh. */
function readState(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** A request as `GET /simulator/requests` shows it: in memory only, long values shortened. */
interface SeenRequest {
  method: string;
  url: string;
  body?: unknown;
}

function shorten(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'), (_, value: unknown) =>
      typeof value === 'string' && value.length > 200 ? `${value.slice(0, 24)}… (${value.length} characters)` : value,
    );
  } catch {
    return `(${body.length} bytes)`;
  }
}

async function serve(
  simulator: Simulator,
  seen: SeenRequest[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > bodyLimit) throw new Error('The body is too long.');
    chunks.push(chunk as Buffer);
  }
  const { method = 'GET', url = '/' } = request;
  if (method === 'GET' && url === '/simulator/requests') {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(seen));
    return;
  }
  const body = Buffer.concat(chunks);
  if (url.startsWith('/api/') && !url.startsWith('/api/oauth2/')) {
    seen.push({ method, url, ...(bytes > 0 ? { body: shorten(body) } : {}) });
    seen.splice(0, seen.length - remembered);
  }
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  const reply = await simulator.handle({ method, url, headers, body });
  if (!('fault' in reply)) {
    response.writeHead(reply.status, reply.headers);
    response.end(reply.body);
  } else if (reply.fault === 'reset') request.socket.resetAndDestroy();
}
