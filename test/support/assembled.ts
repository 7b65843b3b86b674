import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Assemble, buildAndSynthesise } from '../../infra/local/launch.ts';

const made = new Map<string, Promise<string>>();

/** The assembly of a profile and app id, made once for all tests that share a worker: what it is made of does not change. */
export const assembledOnce: Assemble = ({ profile, appId }) => {
  const key = `${profile} ${appId}`;
  const known = made.get(key);
  if (known) return known;
  const folder = mkdtempSync(join(tmpdir(), 'signet-assembled-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const assembly = buildAndSynthesise({ profile, appId }, folder, () => {});
  made.set(key, assembly);
  return assembly;
};
