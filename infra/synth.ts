/** `npm run synth`: synthesises every stage into `cdk.out/<stage>`, warnings counted as errors. The CLI builds first (cdk.json). */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { readLocalEnvironment } from '../lib/env.ts';
import { deployedStages, localStage } from './stages.ts';

const root = join(import.meta.dirname, '..');
const cdk = join(dirname(createRequire(import.meta.url).resolve('aws-cdk/package.json')), 'bin', 'cdk');

/** Synthesises one stage. Resolves to the CLI's output when it fails, to undefined when all is well. */
function synthesise(stage: string): Promise<string | undefined> {
  const output = join(root, 'cdk.out', stage);
  // What an earlier, failed run has left there would fail this one.
  rmSync(output, { recursive: true, force: true });
  const options = ['--quiet', '--strict', '--context', `stage=${stage}`, '--output', output];
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
  const child = spawn(process.execPath, [cdk, 'synth', ...options], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  child.on('error', reject);
  child.on('close', (code) => resolve(code === 0 ? undefined : said));
  return promise;
}

for (const { name } of [localStage(readLocalEnvironment()), ...deployedStages]) {
  const started = performance.now();
  const failure = await synthesise(name);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${name}: ${failure === undefined ? `ok, cdk.out/${name}` : 'failed'} (${seconds} s)`);
  if (failure === undefined) continue;
  console.error(failure);
  process.exitCode = 1;
}
