import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Template } from './intrinsics.ts';

/** What `cdk synth` leaves in its output folder, for an app with one stack. */
export interface Assembly {
  stackName: string;
  account: string;
  region: string;
  template: Template;
  /** The folder of the asset that is deployed under this S3 key. Throws if there is none. */
  assetFolder: (s3Key: string) => string;
}

interface Artifact {
  type: string;
  environment?: string;
  properties?: { templateFile?: string; stackName?: string; file?: string };
}

interface AssetManifest {
  files?: Record<string, { source: { path?: string }; destinations: Record<string, { objectKey: string }> }>;
}

/** Account and region where the template names none. No request ever leaves for them. */
const nowhere = { account: '000000000000', region: 'us-east-1' };

const readJson = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8')) as T;

/** Reads a cloud assembly folder (`cdk.out`). Throws if it is none or does not hold exactly one stack. */
export function readAssembly(folder: string): Assembly {
  const manifestPath = join(folder, 'manifest.json');
  if (!existsSync(manifestPath)) throw new Error(`${folder} is not a cloud assembly: it holds no manifest.json.`);
  const artifacts = Object.entries(readJson<{ artifacts?: Record<string, Artifact> }>(manifestPath).artifacts ?? {});
  const stacks = artifacts.filter(([, artifact]) => artifact.type === 'aws:cloudformation:stack');
  const [stack] = stacks;
  if (stack === undefined || stacks.length > 1) {
    throw new Error(`${folder} holds ${stacks.length} stacks; the local stage runs exactly one.`);
  }
  const [id, { environment, properties }] = stack;
  const folders = assetFolders(folder, artifacts);
  return {
    stackName: properties?.stackName ?? id,
    ...whereabouts(environment),
    template: readJson<Template>(join(folder, properties?.templateFile ?? `${id}.template.json`)),
    assetFolder: (s3Key) => {
      const path = folders.get(s3Key);
      if (path === undefined) throw new Error(`${folder} holds no asset for the S3 key ${s3Key}.`);
      return path;
    },
  };
}

function assetFolders(folder: string, artifacts: [string, Artifact][]): Map<string, string> {
  const folders = new Map<string, string>();
  for (const [, { type, properties }] of artifacts) {
    if (type !== 'cdk:asset-manifest' || properties?.file === undefined) continue;
    const { files = {} } = readJson<AssetManifest>(join(folder, properties.file));
    for (const { source, destinations } of Object.values(files)) {
      for (const { objectKey } of Object.values(destinations)) {
        if (source.path !== undefined) folders.set(objectKey, resolve(folder, source.path));
      }
    }
  }
  return folders;
}

function whereabouts(environment = ''): { account: string; region: string } {
  const [, account = '', region = ''] = /^aws:\/\/([^/]*)\/(.*)$/.exec(environment) ?? [];
  return {
    account: /^\d{12}$/.test(account) ? account : nowhere.account,
    region: region === '' || region.startsWith('unknown') ? nowhere.region : region,
  };
}
