/** The stage that benchmarks run on: as `npm start` runs it, with the simulated upstream. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '../../infra/local/demo-client.ts';
import { launch } from '../../infra/local/launch.ts';
import { readOptions } from '../../infra/local/options.ts';
import { readLocalEnvironment } from '../../lib/env.ts';
import type { ProfileName } from '../../lib/operation.ts';

/** A stage with what a function process of one's own needs. */
export interface BenchStage {
  readonly url: string;
  readonly profile: ProfileName;
  readonly upstreamUrl: string;
  /** Folder of the cloud assembly. */
  readonly assembly: string;
  /** What the stage adds to a function's environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** The caller that uploads belong to. */
  readonly caller: string;
  readonly upload: Client['upload'];
  stop(): Promise<void>;
}

/** Starts a stage in a folder that is gone afterwards. */
export async function startBenchStage(): Promise<BenchStage> {
  const data = mkdtempSync(join(tmpdir(), 'signet-bench-'));
  const options = readOptions(['--port', '0', '--data', data], readLocalEnvironment())!;
  const { url, stage, simulatorUrl, stop } = await launch(options, () => {});
  const { region, credentials } = stage;
  return {
    url,
    profile: options.profile,
    upstreamUrl: simulatorUrl!,
    assembly: join(data, `simulator-${options.profile}`, 'assembly'),
    caller: 'arn:aws:sts::000000000000:assumed-role/bench',
    environment: {
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
      AWS_ENDPOINT_URL_DYNAMODB: stage.tablesEndpoint,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: stage.secretsEndpoint,
      AWS_ENDPOINT_URL_S3: stage.objectsEndpoint,
    },
    upload: createClient(url, { 'x-signet-caller': 'bench' }).upload,
    async stop() {
      await stop();
      rmSync(data, { recursive: true, force: true });
    },
  };
}
