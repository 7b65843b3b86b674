import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where a running stage and its simulated upstream answer. */
export interface Running {
  readonly url: string;
  readonly simulatorUrl: string;
}

const fileName = 'running.json';

/** Notes in a stage's data folder where it answers; the returned function takes the note away. */
export function noteRunning(folder: string, running: Running): () => void {
  const path = join(folder, fileName);
  writeFileSync(path, JSON.stringify(running), { mode: 0o600 });
  return () => rmSync(path, { force: true });
}

/** The stage that runs with the simulator and keeps its data below `data`, if it answers. */
export async function findRunning(data: string): Promise<Running | undefined> {
  for (const folder of foldersIn(data)) {
    try {
      const running = JSON.parse(readFileSync(join(data, folder, fileName), 'utf8')) as Running;
      const response = await fetch(`${running.simulatorUrl}/simulator/books`);
      if (response.ok) return running;
    } catch {
      // No note there, or one of a stage that is gone.
    }
  }
  return undefined;
}

function foldersIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
