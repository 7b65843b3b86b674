import { parseArgs } from 'node:util';
import type { LocalEnvironment } from '../../lib/env.ts';
import type { ProfileName } from '../../lib/operation.ts';
import { profiles } from '../../lib/profiles.ts';

/** The app id and the secret that the simulator knows. They are no secret. */
export const simulatorCredentials = {
  appId: 'TIDASIM1',
  appSecret: 'simulated-secret-simulated-secret-simulated-secret-simulated-64!',
};

/** What the local stage is to run, checked. */
export interface LocalOptions {
  /** Port of the HTTP API; 0 for any free one. */
  port: number;
  /** Folder that keeps orders and secrets between runs. */
  data: string;
  profile: ProfileName;
  /** Whether the upstream is the simulator. */
  simulated: boolean;
  /** Stands in for every host of the profile: an origin on this machine. */
  upstreamUrl?: string;
  appId: string;
  appSecret: string;
  /** Whether the output of functions is shown. */
  verbose: boolean;
}

/** Something to tell the person who started the command, in one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What `--help` prints. */
export const usage = `npm start -- [options]
  --port PORT          port of the HTTP API (3000; 0: any free one)
  --data DIR           folder that keeps orders and secrets between runs (.signet)
  --upstream NAME      simulator (default), or the real upstream: ${Object.keys(profiles).join(', ')}
  --upstream-url URL   stands in for every host of the upstream; loopback addresses only
  --verbose            also show the output of the functions
A real upstream, or its stand-in, needs SIGNET_APP_ID and SIGNET_APP_SECRET in the environment.
The simulator plays the profile in SIGNET_PROFILE (tencentcloud).`;

const isProfile = (name: string): name is ProfileName => Object.hasOwn(profiles, name);

/** Reads the command line of the local stage; `undefined` if it asks for help. Throws {@link UsageError}. */
export function readOptions(args: string[], environment: LocalEnvironment): LocalOptions | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  const { upstream } = values;
  const simulated = upstream === 'simulator';
  const profile = simulated ? environment.profile : upstream;
  if (!isProfile(profile)) {
    const names = Object.keys(profiles).join(', ');
    throw new UsageError(
      simulated ? `SIGNET_PROFILE must be one of ${names}.` : `--upstream must be one of simulator, ${names}.`,
    );
  }
  const options = {
    port: portOf(values.port),
    data: values.data,
    profile,
    simulated,
    upstreamUrl: values['upstream-url'] === undefined ? undefined : originOf(values['upstream-url'], simulated),
    verbose: values.verbose,
  };
  if (options.data === '') throw new UsageError('--data must name a folder.');
  if (simulated) return { ...options, ...simulatorCredentials };
  const { appId, appIdGiven, appSecret } = environment;
  if (!appIdGiven || !appSecret) {
    throw new UsageError(`--upstream ${upstream} needs SIGNET_APP_ID and SIGNET_APP_SECRET in the environment.`);
  }
  if (!/^[A-Za-z0-9]{8}$/.test(appId)) throw new UsageError('SIGNET_APP_ID must be 8 letters and digits.');
  return { ...options, appId, appSecret };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        port: { type: 'string', default: '3000' },
        data: { type: 'string', default: '.signet' },
        upstream: { type: 'string', default: 'simulator' },
        'upstream-url': { type: 'string' },
        verbose: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false, short: 'h' },
      },
    }).values;
  } catch (error) {
    const [sentence = ''] = (error as Error).message.split(/\.?(?:\n| To specify)/);
    throw new UsageError(`${sentence}. Try npm start -- --help.`);
  }
}

function portOf(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new UsageError('--port must be a number from 0 to 65535.');
  return port;
}

/** Only this machine may stand in for the upstream: anything else would get personal data and signatures. */
function originOf(text: string, simulated: boolean): string {
  if (simulated) throw new UsageError('--upstream-url needs --upstream with the name of a profile.');
  const url = URL.parse(text);
  const bare =
    url && url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
  if (!bare || !['http:', 'https:'].includes(url.protocol) || !loopback.test(url.hostname)) {
    throw new UsageError(
      '--upstream-url must be http(s)://HOST[:PORT] with a loopback host: localhost, 127.x.x.x or [::1].',
    );
  }
  return url.origin;
}
