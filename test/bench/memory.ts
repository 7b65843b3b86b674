/**
 * How much memory a function needs to forward a staged photo of the largest size: streamed, as it is deployed, next to a
 * variant that holds the file. `npm run bench` runs it; Linux only, because it reads the kernel's counters.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { readTemplate } from '../../infra/local/template.ts';
import { base64Length } from '../../lib/media/base64.ts';
import { limitOf } from '../../lib/operation.ts';
import { named } from '../lib/request/inputs.ts';
import type { BenchStage } from './stage.ts';

/** The function that is measured, and how it takes the photo. */
const operation = named('id-card-ocr');
const variants = ['streamed', 'buffered'] as const;
type Variant = (typeof variants)[number];

/** Extra peak over the photo, at most. */
const target = 2.5;
const rounds = 7;
const warmUps = 30;
const KiB = 1024;

interface Measured {
  readonly status: string;
  /** Bytes: resident before, and the highest while the call ran. */
  readonly before: number;
  readonly peak: number;
  readonly milliseconds: number;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** A photo of so many bytes with the head of a JPEG. */
export function photoOf(bytes: number): Buffer {
  const photo = Buffer.alloc(bytes);
  for (let at = 0; at < bytes; at += 1) photo[at] = (at * 2_654_435_761) >>> 13;
  photo.set([0xff, 0xd8, 0xff, 0xe0]);
  return photo;
}

function processOf(stage: BenchStage, variant: Variant): ChildProcess {
  const model = readTemplate(stage.assembly, { UpstreamUrl: stage.upstreamUrl });
  const lambda = model.functions.find(({ name }) => name === operation.name)!;
  return fork(
    join(import.meta.dirname, 'function-process.ts'),
    [variant, lambda.assetFolder, lambda.layerFolders[0]!],
    {
      env: { ...lambda.environment, ...stage.environment },
      execArgv: ['--expose-gc', `--max-old-space-size=${Math.floor(lambda.memoryMegabytes * 0.9)}`],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    },
  );
}

async function call(child: ChildProcess, event: object): Promise<Measured> {
  child.send(event);
  const [measured] = (await once(child, 'message')) as [Measured];
  if (measured.status !== 'succeeded') throw new Error(`The call ended as ${measured.status}`);
  return measured;
}

async function measure(stage: BenchStage, variant: Variant, photo: Buffer, small: Buffer): Promise<Measured> {
  const child = processOf(stage, variant);
  try {
    const eventOf = async (bytes: Buffer) => ({
      caller: stage.caller,
      input: { side: 'portrait', photo: await stage.upload(bytes, 'image/jpeg') },
    });
    for (let count = 0; count < warmUps; count += 1) await call(child, await eventOf(small));
    return await call(child, await eventOf(photo));
  } finally {
    child.kill();
    await once(child, 'exit');
  }
}

/** Runs the rounds and prints the medians. @returns whether the target is met */
export async function benchMemory(stage: BenchStage): Promise<boolean> {
  const { raw, base64 } = limitOf(operation, 'photo', stage.profile);
  const bytes = raw ?? (base64 / 4) * 3;
  const [photo, small] = [photoOf(bytes), photoOf(KiB)];
  const ratios: Record<Variant, number[]> = { streamed: [], buffered: [] };
  const times: Record<Variant, number[]> = { streamed: [], buffered: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const variant of round % 2 === 0 ? variants : variants.toReversed()) {
      const { before, peak, milliseconds } = await measure(stage, variant, photo, small);
      ratios[variant].push((peak - before) / bytes);
      times[variant].push(milliseconds);
    }
  }
  console.log(
    `Forwarding a staged photo of ${bytes.toLocaleString('en-US')} bytes (${base64Length(bytes).toLocaleString('en-US')} characters of base64) through ${operation.name} on ${stage.profile}: extra peak memory of the function process over the photo, median of ${rounds} rounds`,
  );
  for (const variant of variants) {
    console.log(
      `  ${variant.padEnd(9)} ${median(ratios[variant]).toFixed(2)} x  (highest ${Math.max(...ratios[variant]).toFixed(2)} x, ${Math.round(median(times[variant]))} ms)`,
    );
  }
  const met = median(ratios.streamed) <= target;
  console.log(`  target: at most ${target} x streamed: ${met ? 'met' : 'MISSED'}\n`);
  return met;
}
