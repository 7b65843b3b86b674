import type { Readable } from 'node:stream';

/** Milliseconds for what is small and has begun to arrive. */
const patience = 3_000;

/** What becomes of `reading`, which reads a body; the body is broken off when that takes too long. */
export async function inTime<Value>(body: Readable, reading: Promise<Value>): Promise<Value> {
  const timer = setTimeout(() => body.destroy(new Error('The object does not arrive')), patience);
  try {
    return await reading;
  } finally {
    clearTimeout(timer);
  }
}
