import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { listen } from './listen.ts';

/** A running database engine. */
export interface Engine {
  endpoint: string;
  /** Ends the engine and waits until it has stored everything. */
  stop: () => Promise<void>;
}

/**
 * Starts the engine for this platform on a free loopback port, its data in the file `path`. Rejects with one clear line
 * where there is none. This is the only place that knows which engine it is.
 */
export async function startEngine(path: string): Promise<Engine> {
  const binary = dynoxide();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startDynoxide(binary, await freePort(), path);
    } catch (error) {
      // Somebody else may have taken the port in between.
      if (attempt === 3) throw error;
    }
  }
}

function dynoxide(): string {
  const platform = `${process.platform}-${process.arch}`;
  try {
    return createRequire(import.meta.url).resolve(`@dynoxide/${platform}/dynoxide`);
  } catch {
    throw new Error(
      `The local stage has no DynamoDB on ${platform}: its engine, @dynoxide/${platform}, is not installed. Signet lists it for linux-x64 only.`,
    );
  }
}

// The shell ends the engine as soon as its pipe closes, also when the stage is killed outright.
const script =
  'umask 077; "$@" 3<&- & engine=$!; { read -r _ <&3; kill "$engine"; } 2>/dev/null & exec 3<&-; wait "$engine"';

async function startDynoxide(binary: string, port: number, path: string): Promise<Engine> {
  const command = [binary, 'serve', '--host', '127.0.0.1', '--port', String(port), '--db-path', path];
  const child = spawn('/bin/sh', ['-c', script, 'sh', ...command], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    env: {},
  });
  const exited = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.stdio[3]?.destroy();
    await exited;
  };
  let last = 'no output';
  const lines = createInterface({ input: child.stderr as NodeJS.ReadableStream });
  const listening = new Promise<boolean>((resolve) => {
    lines.on('line', (line) => {
      if (line.trim() !== '') last = line;
      if (line.includes('listening on')) resolve(true);
    });
  });
  const started = await Promise.race([listening, exited.then(() => false)]);
  if (started) return { endpoint: `http://127.0.0.1:${port}`, stop };
  await stop();
  throw new Error(`DynamoDB did not start: ${last}`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, 'close');
  return port;
}
