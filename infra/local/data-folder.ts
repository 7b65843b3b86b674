import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** A folder that one running stage has to itself. */
export interface DataFolder {
  path: string;
  /** The path of something in it. */
  file: (name: string) => string;
  /** Lets others have it. */
  release: () => void;
}

/** The folder belongs to another stage that is running. */
export class FolderInUseError extends Error {
  constructor(path: string, pid: number) {
    super(`The data folder ${path} is in use by the process ${pid}. Stop it, or choose another folder.`);
    this.name = 'FolderInUseError';
  }
}

/**
 * Opens a data folder, makes it if needed, and locks it. A lock whose process is gone is taken over. Throws
 * {@link FolderInUseError} if another process has it.
 */
export function openDataFolder(path: string): DataFolder {
  const folder = resolve(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = join(folder, 'lock');
  const mine = `${process.pid} ${startOf(process.pid)}`;
  const draft = `${lock}.${process.pid}`;
  writeFileSync(draft, mine, { mode: 0o600 });
  try {
    while (!link(draft, lock)) takeOver(lock, folder);
  } finally {
    rmSync(draft, { force: true });
  }
  return {
    path: folder,
    file: (name) => join(folder, name),
    release: () => {
      if (contentOf(lock) === mine) rmSync(lock, { force: true });
    },
  };
}

/** Linking makes the lock appear with its content, or not at all. */
function link(draft: string, lock: string): boolean {
  try {
    linkSync(draft, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes a lock whose process is gone. */
function takeOver(lock: string, folder: string): void {
  const seen = contentOf(lock);
  if (seen === undefined) return;
  const [first, start = ''] = seen.split(' ');
  const pid = Number(first);
  if (isRunning(pid, start)) throw new FolderInUseError(folder, pid);
  const aside = `${lock}.stale.${process.pid}`;
  try {
    renameSync(lock, aside);
  } catch {
    // Somebody else was faster.
    return;
  }
  // If somebody was so much faster that this is already their lock, they get it back.
  if (contentOf(aside) !== seen) link(aside, lock);
  rmSync(aside, { force: true });
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function isRunning(pid: number, start: string): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  // A pid is given again; together with its start it is not.
  return startOf(pid) === start;
}

/** When a process was started, in ticks since boot; `-` where the system does not tell. */
function startOf(pid: number): string {
  const status = contentOf(`/proc/${pid}/stat`);
  return status?.slice(status.lastIndexOf(')') + 2).split(' ')[19] ?? '-';
}
