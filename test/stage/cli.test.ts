import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const data = mkdtempSync(join(tmpdir(), 'signet-cli-'));
afterAll(() => rmSync(data, { recursive: true, force: true }));

function npmStart(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['infra/node24.js', 'infra/local/start.ts', ...args], {
    env: { PATH: '/usr/bin:/bin', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk) => {
    said.out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    said.err += chunk;
  });
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  return { child, said, ended };
}

describe('npm start refuses with one clear line', () => {
  const local = ['--port', '0', '--data', data];
  const cases: [string, string[], Record<string, string>, RegExp][] = [
    ['an unknown option', ['--prot', '1'], {}, /--prot/],
    ['a port that is none', ['--port', 'http'], {}, /--port/],
    ['an unknown upstream', [...local, '--upstream', 'other'], {}, /--upstream must be one of/],
    ['missing credentials', [...local, '--upstream', 'kyc1'], {}, /SIGNET_APP_ID and SIGNET_APP_SECRET/],
    [
      'a stand-in that is not on this machine',
      [...local, '--upstream', 'kyc1', '--upstream-url', 'http://192.0.2.1'],
      { SIGNET_APP_ID: 'TIDA0001', SIGNET_APP_SECRET: 'synthetic' },
      /loopback/,
    ],
  ];
  it.each(cases)('%s', async (_, args, env, line) => {
    const { said, ended } = npmStart(args, env);
    expect(await ended).toBe(1);
    expect(said.err.trim().split('\n')).toEqual([expect.stringMatching(line)]);
  });

  it('a port in use', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const { said, ended } = npmStart(['--port', String(port), '--data', data]);
    expect(await ended).toBe(1);
    expect(said.err.trim()).toBe(`Port ${port} is in use. Choose another with --port.`);
    server.close();
  });
});

describe('npm start', () => {
  /** Name of a process that runs; undefined for one that is gone or only waits to be reaped. */
  const running = (pid: number): string | undefined => {
    try {
      const [, name, state] = /\((.*)\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))!;
      return state === 'Z' ? undefined : name;
    } catch {
      return undefined;
    }
  };

  async function readyLines(child: ChildProcess, said: { out: string; err: string }): Promise<string[]> {
    while (!said.out.includes('curl ')) {
      if (child.exitCode !== null) throw new Error(said.err);
      await new Promise((resolve) => child.stdout!.once('data', resolve));
    }
    return said.out.trim().split('\n');
  }

  it('prints a ready line and a command that works as pasted, and Ctrl-C ends every child', async () => {
    const { child, said, ended } = npmStart(['--port', '0', '--data', join(data, 'run')]);
    const lines = await readyLines(child, said);
    expect(lines.at(-2)).toMatch(/^Signet is ready on http:\/\/127\.0\.0\.1:\d+$/);
    const pasted = spawn('/bin/sh', ['-c', `${lines.at(-1)} -o /dev/null -w '%{http_code}'`]);
    const status = await new Promise((resolve) => pasted.stdout.on('data', (chunk) => resolve(String(chunk))));
    expect(status).toBe('200');
    const children = await descendants(child.pid!);
    expect(children.length).toBeGreaterThan(2);
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(children.map(running).filter((name) => name !== undefined)).toEqual([]);
  });

  async function descendants(pid: number): Promise<number[]> {
    const listing = spawn('ps', ['-e', '-o', 'pid=,ppid=']);
    let text = '';
    listing.stdout.on('data', (chunk) => {
      text += chunk;
    });
    await new Promise((resolve) => listing.on('close', resolve));
    const pairs = text
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
    const below = (parent: number): number[] =>
      pairs.filter(([, ppid]) => ppid === parent).flatMap(([child]) => [child, ...below(child)]);
    return below(pid);
  }
});
