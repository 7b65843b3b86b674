/**
 * A function's process for measuring: the deployed bundle with its layer, or a variant of the same call that holds the
 * whole file. Takes events as messages, one at a time, and answers with what the call cost.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { join } from 'node:path';

const [variant, asset, layer] = process.argv.slice(2) as [string, string, string];
registerHooks({
  resolve: (specifier, context, next) => next(specifier.replace(/^\/opt\//, `${layer}/`), context),
});
const require = createRequire(join(asset, 'index.cjs'));

type Handler = (event: object, lambda: object) => Promise<{ readonly status: string }>;
const { handler } = require(join(asset, 'index.cjs')) as { handler: Handler };

/** What most people write: read it all, encode it all, stringify it all, send it. The floor to compare with. */
async function buffered(): Promise<Handler> {
  const { objectStore } = require('/opt/nodejs/signing.cjs') as typeof import('../../lib/signing/layer.ts');
  const { SIGNET_MEDIA_BUCKET: bucket = '', SIGNET_MEDIA_KEY: key = '', SIGNET_UPSTREAM_URL: url = '' } = environment();
  const objects = objectStore({ bucket, key, now: Date.now });
  return async (event) => {
    const { input } = event as { input: { photo: { mediaId: string } } };
    const object = await objects.open(`uploads/${input.photo.mediaId}`);
    if (typeof object === 'string') return { status: object };
    const chunks: Buffer[] = [];
    for await (const chunk of object.body) chunks.push(chunk as Buffer);
    const body = JSON.stringify({ photo: Buffer.concat(chunks).toString('base64') });
    const response = await fetch(`${url}/bench`, { method: 'POST', body });
    await response.arrayBuffer();
    return { status: 'succeeded' };
  };
}

function environment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}

const run = variant === 'buffered' ? await buffered() : handler;
const kilobytesOf = (name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))![1]) * 1024;

async function measure(event: object): Promise<void> {
  globalThis.gc!();
  // Resets the kernel's highest resident size.
  writeFileSync('/proc/self/clear_refs', '5');
  const before = kilobytesOf('VmRSS');
  const startedAt = performance.now();
  const lambda = { awsRequestId: 'bench', getRemainingTimeInMillis: () => 28_000 };
  const status = await run(event, lambda).then(
    (answer) => answer.status,
    (error: Error) => error.name,
  );
  process.send!({ status, before, peak: kilobytesOf('VmHWM'), milliseconds: performance.now() - startedAt });
}

process.on('message', (event: object) => void measure(event));
