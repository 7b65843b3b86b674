import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as esbuild from 'esbuild';
import { build } from '../build.ts';
import { type DataFolder, openDataFolder } from './data-folder.ts';
import { listen } from './listen.ts';
import { type LocalOptions, UsageError } from './options.ts';
import { noteRunning } from './running.ts';
import { startSimulator } from './simulator.ts';
import { type Stage, startStage } from './stage.ts';

/** What runs after {@link launch}. */
export interface Launched {
  /** Base address of the HTTP API. */
  url: string;
  stage: Stage;
  /** Base address of the simulated upstream, if it is simulated. */
  simulatorUrl?: string;
  /** Stops everything and waits for it. May be called again. */
  stop: () => Promise<void>;
}

const root = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);

/**
 * Builds, synthesises stage `local` and runs it, with the simulator if the options ask for it; resolves once the first
 * ticket has been fetched. `print` takes short lines about what is started. Rejects, with nothing left running, with a
 * message of one line, or when `signal` is aborted.
 */
export async function launch(
  options: LocalOptions,
  print: (line: string) => void,
  signal?: AbortSignal,
  assemble: Assemble = buildAndSynthesise,
): Promise<Launched> {
  await checkPort(options.port);
  // Orders of one upstream must not answer for another, so each has a folder of its own.
  const data = join(options.data, folderName(options));
  const folder = openDataFolder(data);
  const undo: (() => unknown)[] = [() => folder.release()];
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= (async () => {
      for (const step of undo.toReversed()) await step();
    })();
    return stopped;
  };
  try {
    const assembly = await assemble(options, folder.path, print, signal);
    const simulator = options.simulated ? await simulate(options, folder) : undefined;
    if (simulator) {
      undo.push(simulator.stop);
      print(`Started the simulated upstream (${options.profile}) on ${simulator.url}.`);
    }
    const stage = await startStage({
      assembly,
      data: folder,
      port: options.port,
      parameters: { UpstreamUrl: simulator?.url ?? options.upstreamUrl ?? '' },
      secrets: { [`signet/${options.appId}/app-secret`]: options.appSecret },
      verbose: options.verbose,
      log: print,
    });
    undo.push(stage.stop);
    signal?.throwIfAborted();
    // Ends the first runs below as well.
    signal?.addEventListener('abort', () => void stop());
    if (!simulator) print(`The upstream is ${options.upstreamUrl ?? `the real one (${options.profile})`}.`);
    const layer = stage.sandbox === 'mounted' ? 'mounted at /opt' : 'imports of /opt mapped to it';
    print(
      `Started ${Object.keys(stage.functions).length} functions (layer ${layer}), DynamoDB, Secrets Manager, S3, Step Functions, EventBridge, schedules.`,
    );
    print(`Data in ${data}, output of the functions in functions.log there.`);
    const failed = await stage.firstRuns;
    signal?.throwIfAborted();
    for (const name of failed) {
      print(`The first run of ${name} failed; it is tried again on its schedule. See functions.log.`);
    }
    if (simulator) undo.push(noteRunning(folder.path, { url: stage.url, simulatorUrl: simulator.url }));
    return { url: stage.url, stage, simulatorUrl: simulator?.url, stop };
  } catch (error) {
    await stop();
    throw portTaken(error, options.port) ?? error;
  }
}

/** Makes the cloud assembly of stage `local` in a folder and tells where it is. */
export type Assemble = (
  options: Pick<LocalOptions, 'profile' | 'appId'>,
  folder: string,
  print: (line: string) => void,
  signal?: AbortSignal,
) => Promise<string>;

/** Builds and synthesises from the sources. */
const buildAndSynthesise: Assemble = async (options, folder, print, signal) => {
  const dist = join(folder, 'dist');
  const { functions } = await build(dist);
  // Else esbuild's service process would run on until the end.
  await esbuild.stop();
  print(`Built ${Object.keys(functions).length} functions and their layer.`);
  const assembly = await synthesise(options, folder, dist, signal);
  print('Synthesised stage local.');
  return assembly;
};

const folderName = ({ simulated, profile, appId, upstreamUrl }: LocalOptions): string =>
  simulated ? `simulator-${profile}` : `${profile}-${appId}${upstreamUrl === undefined ? '' : '-stand-in'}`;

const simulate = ({ profile, appId, appSecret }: LocalOptions, folder: DataFolder) =>
  startSimulator({ profile, appId, secret: appSecret, port: 0, stateFile: folder.file('simulator.json') });

/** A taken port is better told before the build than after it. */
async function checkPort(port: number): Promise<void> {
  if (port === 0) return;
  const server = createServer();
  try {
    await listen(server, port);
  } catch (error) {
    throw portTaken(error, port) ?? error;
  }
  server.close();
  await once(server, 'close');
}

function portTaken(error: unknown, port: number): UsageError | undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return new UsageError(`Port ${port} is in use. Choose another with --port.`);
  if (code === 'EACCES') return new UsageError(`Port ${port} is not allowed. Choose one from 1024 with --port.`);
  return undefined;
}

/**
 * Makes the cloud assembly of stage `local` in a folder from what is built in `dist`, and tells where it is. Runs the CDK
 * app as its command line would, but without the seconds that the template validator takes.
 */
export async function synthesise(
  { profile, appId }: Pick<LocalOptions, 'profile' | 'appId'>,
  folder: string,
  dist: string,
  signal?: AbortSignal,
): Promise<string> {
  const output = join(folder, 'assembly');
  rmSync(output, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')) as { context: object };
  const env = {
    CDK_OUTDIR: output,
    // The construct paths, which the functions are named after.
    CDK_CONTEXT_JSON: JSON.stringify({ ...context, 'aws:cdk:enable-path-metadata': true, stage: 'local', dist }),
    CDK_VALIDATION: 'false',
    SIGNET_PROFILE: profile,
    SIGNET_APP_ID: appId,
  };
  try {
    await run(process.execPath, [join(root, 'infra', 'app.ts')], { cwd: root, env, signal });
  } catch (error) {
    signal?.throwIfAborted();
    const lines = (error as { stderr: string }).stderr.split('\n').filter((line) => line.trim() !== '');
    const line = lines.find((text) => /^\w*Error\b/.test(text)) ?? lines.at(-1) ?? 'no reason given';
    throw new Error(`The stage could not be synthesised: ${line}`);
  }
  return output;
}
