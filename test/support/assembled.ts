import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from '../../infra/build.ts';
import { type Assemble, synthesise } from '../../infra/local/launch.ts';

const folderOf = (what: string): string => {
  const folder = mkdtempSync(join(tmpdir(), `signet-${what}-`));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

let built: Promise<string> | undefined;
async function dist(): Promise<string> {
  const folder = folderOf('built');
  await build(folder);
  return folder;
}

const made = new Map<string, Promise<string>>();

/** The assembly of a profile and app id, made once for all tests that share a worker: what it is made of does not change. */
export const assembledOnce: Assemble = ({ profile, appId }) => {
  const key = `${profile} ${appId}`;
  const known = made.get(key);
  if (known) return known;
  built ??= dist();
  const assembly = built.then((folder) => synthesise({ profile, appId }, folderOf('assembled'), folder));
  made.set(key, assembly);
  return assembly;
};
