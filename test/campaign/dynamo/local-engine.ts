/** Stands in for `infra/local/dynamodb-engine.ts`, so that its tests run on AWS's DynamoDB Local. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { inject } from 'vitest';
import type { Engine } from '../../../infra/local/dynamodb-engine.ts';
import { listen } from '../../../infra/local/listen.ts';

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts DynamoDB Local with empty memory; no file keeps anything. */
export async function startEngine(_path: string): Promise<Engine> {
  const cwd = inject('dynamodbLocal');
  const port = await freePort();
  const java = [
    '-Djava.library.path=DynamoDBLocal_lib',
    '-jar',
    'DynamoDBLocal.jar',
    '-inMemory',
    '-sharedDb',
    '-port',
    String(port),
  ];
  const child = spawn('java', ['-XX:TieredStopAtLevel=1', ...java], { cwd, stdio: 'ignore' });
  const exited = once(child, 'exit');
  const endpoint = `http://127.0.0.1:${port}`;
  for (let tries = 0; ; tries += 1) {
    // Any answer will do; it refuses what is not signed.
    const alive = await fetch(endpoint).then(
      () => true,
      () => false,
    );
    if (alive) break;
    if (tries > 150 || child.exitCode !== null) throw new Error('DynamoDB Local did not start.');
    await pause(200);
  }
  return {
    endpoint,
    async stop() {
      child.kill();
      await exited;
    },
  };
}
