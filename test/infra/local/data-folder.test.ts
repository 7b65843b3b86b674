import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FolderInUseError, openDataFolder } from '../../../infra/local/data-folder.ts';
import { temporaryFolder } from './fixtures.ts';

test('is made for its owner only, and belongs to one at a time', () => {
  const path = join(temporaryFolder(), 'deep', 'data');
  const folder = openDataFolder(path);
  expect(statSync(path).mode & 0o777).toBe(0o700);
  expect(() => openDataFolder(path)).toThrow(FolderInUseError);
  expect(() => openDataFolder(path)).toThrow(`in use by the process ${process.pid}`);
  folder.release();
  openDataFolder(path).release();
  expect(existsSync(folder.file('lock'))).toBe(false);
});

// No process has this number: it is above what Linux gives out.
const nobody = 2 ** 22 + 1;

test.each([
  ['whose process is gone', `${nobody} 1`],
  ['whose number belongs to another process by now', `${process.pid} 1`],
  ['that is damaged', ''],
])('takes over a lock %s', (_what, content) => {
  const path = temporaryFolder();
  writeFileSync(join(path, 'lock'), content);
  const folder = openDataFolder(path);
  expect(() => openDataFolder(path)).toThrow(FolderInUseError);
  folder.release();
});

test('does not release a lock that is no longer its own', () => {
  const path = temporaryFolder();
  const folder = openDataFolder(path);
  writeFileSync(folder.file('lock'), 'other');
  folder.release();
  expect(existsSync(folder.file('lock'))).toBe(true);
});
