import { expect, onTestFinished } from 'vitest';
import {
  type Body,
  type ClientOptions,
  createClient,
  type UpstreamClient,
  UpstreamFailure,
  type UpstreamRequest,
} from '../../../lib/signing/client.ts';
import type { Stand } from './servers.ts';

/** The four hosts of the three generations (upstream specification, section 2.1). */
export const hosts: ReadonlySet<string> = new Set([
  'ida.webank.com',
  'idasc.webank.com',
  'miniprogram-kyc.tencentcloudapi.com',
  'kyc1.qcloud.com',
]);

/** A client that may speak to one server on this machine, closed after the test. */
export function clientFor(loopback?: string, more: Partial<ClientOptions> = {}): UpstreamClient {
  const client = createClient({ hosts, loopback, ...more });
  onTestFinished(() => client.close());
  return client;
}

/** A body in pieces. */
export const bodyOf = (...pieces: string[]): Body => ({
  length: Buffer.byteLength(pieces.join('')),
  chunks: () => pieces.map((piece) => Buffer.from(piece)),
});

/** A path with a secret that no error may repeat. */
export const secretPath = '/api/oauth2/access_token?app_id=TIDA0001&secret=canary-secret';

const large = bodyOf('x'.repeat(100_000), 'y'.repeat(100_000));

/** Sends a POST of 200 KB, or what `more` says instead. */
export const post = (client: UpstreamClient, origin: string, more: Partial<UpstreamRequest> = {}) =>
  client.send({
    method: 'POST',
    origin,
    path: secretPath,
    body: large,
    timeout: 2_000,
    maxBytes: 1_024,
    ...more,
  });

/** How a call fails. */
export async function failureOf(reply: Promise<unknown>): Promise<{ kind: string; code: string }> {
  const error = await reply.then(
    (value) => expect.fail(`answered ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UpstreamFailure);
  const failure = error as UpstreamFailure;
  expect(`${failure.message} ${failure.stack} ${JSON.stringify(failure)}`).not.toContain('canary');
  return { kind: failure.kind, code: failure.code };
}

/** How a call to a server fails. */
export const faultOf = (server: Stand, more: Partial<UpstreamRequest> = {}) =>
  failureOf(post(clientFor(server.origin), server.origin, more));
