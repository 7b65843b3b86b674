/** What the demo says to a stage over HTTP: calls, uploads and whole verifications. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const samples = join(import.meta.dirname, '..', '..', 'test', 'samples');

/** The bytes of one specimen file. */
export const sample = (name: string): Buffer => readFileSync(join(samples, name));

/** A file that tells the simulator what to answer (docs/simulator.md). */
export const marked = (file: Buffer, text: string): Buffer =>
  Buffer.concat([file, Buffer.from(`signet-simulator:${text}`)]);

/** The same picture in a file of so many bytes: what follows its end, no decoder looks at. */
export const enlarged = (picture: Buffer, size: number): Buffer => Buffer.concat([picture], size);

/** The media type of a specimen file, by its name. */
export const typeOf = (name: string): string =>
  ({ jpg: 'image/jpeg', png: 'image/png', bmp: 'image/bmp', mp4: 'video/mp4', pdf: 'application/pdf' })[
    name.slice(name.lastIndexOf('.') + 1)
  ]!;

/** What a stage answered. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape are shown as they are
  readonly body: any;
  readonly ms: number;
}

/** A form to upload with, as `POST /v1/media` grants it. */
export interface Form {
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** Sends a file with a form; the file comes last. */
export function sendForm({ url, fields }: Form, bytes: Buffer): Promise<Response> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob([new Uint8Array(bytes)]), 'file');
  return fetch(url, { method: 'POST', body: form });
}

/** Talks to one stage as one caller. */
export interface Client {
  call(method: string, path: string, body?: unknown): Promise<Answered>;
  /** Stages a file. @throws when the stage or its bucket refuses it */
  upload(bytes: Buffer, contentType: string): Promise<{ readonly mediaId: string }>;
  /** Runs a verification to its end; `ms` is from the plan to the decision. @throws when it is refused or goes on and on */
  verify(plan: object): Promise<Answered>;
}

/** Milliseconds between two looks at a verification, and until nobody waits for it any more. */
const [interval, patience] = [75, 60_000];

/** A client of the stage at `url`; `headers` go with every call. */
export function createClient(url: string, headers: Readonly<Record<string, string>> = {}): Client {
  async function call(method: string, path: string, body?: unknown): Promise<Answered> {
    const startedAt = performance.now();
    const response = await fetch(url + path, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = await response.json();
    const ms = Math.round(performance.now() - startedAt);
    return { status: response.status, headers: response.headers, body: answer, ms };
  }

  const refused = (what: string, { status, body }: Answered): Error =>
    new Error(`${what} was refused: ${status} ${body.type} ${JSON.stringify(body.errors ?? [])}`);

  return {
    call,

    async upload(bytes, contentType) {
      const granted = await call('POST', '/v1/media', { contentType, size: bytes.length });
      if (granted.status !== 200) throw refused('An upload', granted);
      const response = await sendForm(granted.body.upload, bytes);
      if (!response.ok) throw new Error(`The bucket refused an upload: ${response.status} ${await response.text()}`);
      return { mediaId: granted.body.mediaId };
    },

    async verify(plan) {
      const startedAt = performance.now();
      const started = await call('POST', '/v1/verifications', plan);
      if (started.status !== 202) throw refused('A verification', started);
      for (;;) {
        const seen = await call('GET', `/v1/verifications/${started.body.verificationId}`);
        const ms = Math.round(performance.now() - startedAt);
        if (seen.body.status !== 'running') return { ...seen, ms };
        if (ms > patience) throw new Error(`The verification ${started.body.verificationId} does not end.`);
        await sleep(interval);
      }
    },
  };
}
