/** The build: one bundle per Lambda and the shared layer, all in one step. `node infra/build.ts` writes `dist`. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { type BuildOptions, build as esbuild, type Metafile, type OutputFile, type Plugin } from 'esbuild';
import { trim } from './trim.ts';

const root = join(import.meta.dirname, '..');

/** Where Lambda mounts the layer. Bundles name it by its absolute path, so that it resolves the same everywhere. */
export const layerModule = '/opt/nodejs/signing.cjs';

/** One bundle as it was written. */
export interface Bundle {
  /** Absolute path of the file. */
  readonly file: string;
  readonly bytes: number;
  /** Source files with at least one byte in it, relative to the project, sorted. */
  readonly inputs: readonly string[];
}

/** What a build wrote. */
export interface BuildResult {
  /** Absolute path of the output folder. */
  readonly outdir: string;
  /** The bundle of each Lambda by its name. */
  readonly functions: Readonly<Record<string, Bundle>>;
  readonly layer: Bundle;
  /** The part of the layer that is loaded by the first call that needs it. */
  readonly rare: Bundle;
}

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  // Without this the AWS clients come in as CommonJS, which cannot be tree-shaken.
  mainFields: ['module', 'main'],
  minify: true,
  sourcemap: false,
  legalComments: 'none',
  metafile: true,
  write: false,
  logLevel: 'warning',
} as const satisfies BuildOptions;

/** What the layer imports late stays a file of its own, beside it. */
const rareApart: Plugin = {
  name: 'rare-apart',
  setup({ onResolve }) {
    onResolve({ filter: /\/rare\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './rare.cjs', external: true } : undefined,
    );
  },
};

function bundles({ outputs }: Metafile): readonly Bundle[] {
  return Object.entries(outputs).map(([file, { bytes, inputs }]) => ({
    file: resolve(root, file),
    bytes,
    inputs: Object.keys(inputs)
      .filter((input) => inputs[input]!.bytesInOutput > 0)
      .sort(),
  }));
}

/** Names of all Lambdas: the entries of `functions/`. */
export function functionNames(): readonly string[] {
  return readdirSync(join(root, 'functions'))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => basename(file, '.ts'))
    .sort();
}

/**
 * Brings a folder to exactly these files. What is the same already is not touched and the rest replaced in one step,
 * so that a build does not disturb a synthesis or another build that runs at the same time.
 */
function publish(outdir: string, files: readonly OutputFile[]): void {
  for (const { path, contents } of files) {
    if (existsSync(path) && readFileSync(path).equals(contents)) continue;
    const draft = join(outdir, `.${process.pid}-${basename(path)}`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(draft, contents);
    renameSync(draft, path);
  }
  for (const part of ['functions', 'layer']) {
    for (const entry of readdirSync(join(outdir, part), { recursive: true, encoding: 'utf8' })) {
      const path = join(outdir, part, entry);
      if (!files.some((file) => file.path === path || file.path.startsWith(path + sep))) {
        rmSync(path, { recursive: true, force: true });
      }
    }
  }
}

/**
 * Bundles every `functions/<name>.ts` to `<outdir>/functions/<name>/index.cjs` and the layer to
 * `<outdir>/layer/nodejs/signing.cjs`, and removes what is left there of earlier builds. Same sources, same bytes.
 * Throws esbuild's error when a source does not bundle; then nothing is written.
 */
export async function build(outdir = 'dist'): Promise<BuildResult> {
  const target = resolve(root, outdir);
  const [functions, layer] = await Promise.all([
    esbuild({
      ...common,
      entryPoints: Object.fromEntries(
        functionNames().map((name) => [`functions/${name}/index`, `functions/${name}.ts`]),
      ),
      outdir: target,
      alias: { '#signing': layerModule },
      external: ['/opt/nodejs/*'],
    }),
    esbuild({
      ...common,
      entryPoints: { 'layer/nodejs/signing': 'lib/signing/layer.ts', 'layer/nodejs/rare': 'lib/signing/rare.ts' },
      outdir: target,
      plugins: [trim(root), rareApart],
    }),
  ]);
  publish(target, [...functions.outputFiles, ...layer.outputFiles]);
  const nameOf = ({ file }: Bundle) => basename(dirname(file));
  return {
    outdir: target,
    functions: Object.fromEntries(bundles(functions.metafile).map((bundle) => [nameOf(bundle), bundle])),
    layer: bundles(layer.metafile).find(({ file }) => file.endsWith('signing.cjs'))!,
    rare: bundles(layer.metafile).find(({ file }) => file.endsWith('rare.cjs'))!,
  };
}

if (import.meta.main) {
  const { outdir, functions, layer, rare } = await build();
  const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} KB`;
  const largest = kilobytes(Math.max(...Object.values(functions).map(({ bytes }) => bytes)));
  // Not to stdout: `cdk synth` runs this and prints its template there.
  console.error(
    `Built ${Object.keys(functions).length} functions (largest ${largest}) and the layer (${kilobytes(layer.bytes)}, and ${kilobytes(rare.bytes)} that few calls load) in ${relative(root, outdir)}`,
  );
}
