import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FunctionModel } from './model.ts';

/**
 * How a function process sees its files. `mounted`: layer at /opt and code at /var/task, in a mount namespace of its
 * own. `mapped`: where such namespaces are not to be had, imports of /opt/… are redirected to the layer's folder, and
 * LAMBDA_TASK_ROOT is the code's folder.
 */
export type SandboxMode = 'mounted' | 'mapped';

/** Starts function processes. */
export interface Sandbox {
  mode: SandboxMode;
  /** Starts one instance that takes its work from the Runtime API at `runtimeApi` (host:port). */
  start: (lambda: FunctionModel, runtimeApi: string, environment: Record<string, string>) => ChildProcess;
}

const runtimeEntry = createRequire(import.meta.url).resolve('aws-lambda-ric');
const preload = join(import.meta.dirname, 'rapid-client.mjs');
const layerModules = ['nodejs/node24/node_modules', 'nodejs/node_modules'];
const systemPath = '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin';

// Everything is bound into a fresh tmpfs before anything is covered, and what the tmpfs itself lies under is covered
// last, so that Node, the project and its data may all live under /opt or /var. Arguments: mount point, code, layer, node, folder of the runtime, preload; then the command.
const mountScript = `set -e
at=$1; task=$2; layer=$3; node=$4; runtime=$5; preload=$6; shift 6
mount -t tmpfs -o mode=0755 none "$at"
mkdir -p "$at/opt" "$at/var/task" "$at/var/runtime" "$at/var/lang/bin"
: > "$at/var/lang/bin/node"; : > "$at/var/lang/rapid-client.mjs"; ln -s /run "$at/var/run"
mount --bind "$task" "$at/var/task"
mount --bind "$runtime" "$at/var/runtime"
mount --bind "$node" "$at/var/lang/bin/node"
mount --bind "$preload" "$at/var/lang/rapid-client.mjs"
if [ -n "$layer" ]; then mount --bind "$layer" "$at/opt"; fi
case "$at" in
  /var/*) mount --rbind "$at/opt" /opt; mount --rbind "$at/var" /var ;;
  *) mount --rbind "$at/var" /var; mount --rbind "$at/opt" /opt ;;
esac
cd /var/task
exec /var/lang/bin/node "$@"`;

function mountArguments(at: string, task: string, layer: string, command: string[]): string[] {
  const files = [at, task, layer, realpathSync(process.execPath), dirname(runtimeEntry), preload];
  return ['-Urm', 'sh', '-c', mountScript, 'sh', ...files, ...command];
}

/** Whether this machine lets us mount layers at their real path, found out by doing it in `workFolder`. */
export function canMount(workFolder: string): boolean {
  if (process.platform !== 'linux') return false;
  const at = mountPoint(workFolder);
  try {
    const args = mountArguments(at, at, '', ['--version']);
    execFileSync('unshare', args, { stdio: 'ignore', env: { PATH: systemPath }, timeout: 5_000 });
    return true;
  } catch {
    return false;
  }
}

function mountPoint(workFolder: string): string {
  const at = join(workFolder, 'root');
  mkdirSync(at, { recursive: true });
  return realpathSync(at);
}

/** Makes the sandbox of a stage; `workFolder` holds mount points and merged layers. */
export function createSandbox(workFolder: string, mode?: SandboxMode): Sandbox {
  const chosen = mode ?? (canMount(workFolder) ? 'mounted' : 'mapped');
  return {
    mode: chosen,
    start: (lambda, runtimeApi, environment) => {
      const layer = mergedLayer(lambda.layerFolders, workFolder);
      const mounted = chosen === 'mounted';
      const place = mounted
        ? { task: '/var/task', runtime: '/var/runtime', opt: '/opt' }
        : { task: lambda.assetFolder, runtime: dirname(runtimeEntry), opt: layer };
      const settings = new URLSearchParams({ runtime: runtimeApi });
      if (!mounted && layer !== '') settings.set('opt', layer);
      const preloadUrl = mounted ? 'file:///var/lang/rapid-client.mjs' : pathToFileURL(preload).href;
      const command = [
        '--import',
        `${preloadUrl}?${settings.toString()}`,
        `--max-old-space-size=${Math.floor(lambda.memoryMegabytes * 0.9)}`,
        join(place.runtime, 'index.mjs'),
      ];
      const [file, args] = mounted
        ? ['unshare', mountArguments(mountPoint(workFolder), lambda.assetFolder, layer, command)]
        : [process.execPath, command];
      return spawn(file, args, {
        cwd: lambda.assetFolder,
        // A process group of its own: Ctrl-C reaches the stage alone, which then stops its children in order.
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          PATH: systemPath,
          LANG: 'en_US.UTF-8',
          TZ: ':UTC',
          AWS_LAMBDA_RUNTIME_API: runtimeApi,
          LAMBDA_TASK_ROOT: place.task,
          LAMBDA_RUNTIME_DIR: place.runtime,
          NODE_PATH: layerModules.map((path) => join(place.opt, path)).join(delimiter),
          // The SDK must not read the settings of whoever starts the stage.
          AWS_CONFIG_FILE: '/dev/null',
          AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
          ...environment,
        },
      });
    },
  };
}

/** One folder with the content of all layers, later ones over earlier ones; '' for none. */
function mergedLayer(folders: string[], workFolder: string): string {
  if (folders.length < 2) return folders[0] ?? '';
  const name = createHash('sha256').update(folders.join('\n')).digest('hex').slice(0, 16);
  const merged = join(workFolder, 'layers', name);
  if (existsSync(merged)) return merged;
  for (const folder of folders) cpSync(folder, merged, { recursive: true });
  return merged;
}
