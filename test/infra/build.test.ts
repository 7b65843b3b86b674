import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BuildResult, build, functionNames, layerModule } from '../../infra/build.ts';
import { lambdaNames } from './synthesise.ts';

const folder = mkdtempSync(join(tmpdir(), 'signet-build-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const dist = join(folder, 'dist');
let result: BuildResult;
beforeAll(async () => {
  mkdirSync(join(dist, 'functions', 'gone'), { recursive: true });
  writeFileSync(join(dist, 'functions', 'gone', 'index.cjs'), '// of an earlier build');
  result = await build(dist);
});

const filesBelow = (path: string) =>
  readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((entry) => statSync(join(path, entry)).isFile())
    .sort();

test('functions/ has one entry per Lambda of the stack, and no other', () => {
  expect(functionNames()).toEqual([...lambdaNames].sort());
});

test('one file per function, one for the layer, and nothing of earlier builds', () => {
  expect(filesBelow(dist)).toEqual(
    [
      ...functionNames().map((name) => `functions/${name}/index.cjs`),
      'layer/nodejs/rare.cjs',
      'layer/nodejs/signing.cjs',
    ].sort(),
  );
});

describe.each(functionNames())('the bundle of %s', (name) => {
  test("holds no copy of the layer's code", () => {
    const inLayer = new Set([...result.layer.inputs, ...result.rare.inputs]);
    const { inputs } = result.functions[name]!;
    expect(inputs).toContain(`functions/${name}.ts`);
    expect(inputs.filter((input) => inLayer.has(input))).toEqual([]);
  });

  test('holds no HTTP client, no AWS client, no simulator and nothing of infra', () => {
    const foreign = /^node_modules\/(undici|@aws-sdk|@smithy|aws-cdk-lib)\/|^lib\/(signing|simulator)[/.]|^infra\//;
    expect(result.functions[name]!.inputs.filter((input) => foreign.test(input))).toEqual([]);
  });

  test('exports its handler and has no source map', () => {
    const code = readFileSync(result.functions[name]!.file, 'utf8');
    expect(code).toMatch(/\bhandler\b/);
    expect(code).not.toContain('sourceMappingURL');
  });
});

test('operations find the layer where Lambda mounts it', () => {
  expect(readFileSync(result.functions['face-verify']!.file, 'utf8')).toContain(`require("${layerModule}")`);
});

test('the layer holds the HTTP and AWS clients, no simulator and no source map', () => {
  for (const name of ['undici', '@aws-sdk/client-dynamodb', '@aws-sdk/client-secrets-manager']) {
    expect(result.layer.inputs.some((input) => input.startsWith(`node_modules/${name}/`))).toBe(true);
  }
  expect(result.layer.inputs.filter((input) => /simulator|^infra\/|^functions\//.test(input))).toEqual([]);
  expect(readFileSync(result.layer.file, 'utf8')).not.toContain('sourceMappingURL');
});

test('the same sources give the same bytes anywhere, and a second build touches nothing', async () => {
  const other = await build(join(folder, 'other'));
  for (const file of filesBelow(dist)) {
    expect(readFileSync(join(other.outdir, file)).equals(readFileSync(join(dist, file))), file).toBe(true);
  }
  const times = () => filesBelow(dist).map((file) => statSync(join(dist, file)).mtimeMs);
  const before = times();
  await build(dist);
  expect(times()).toEqual(before);
});

test('what few calls need is a file of its own, which nothing loads with the layer', () => {
  const rare = /^node_modules\/@aws-sdk\/(client-s3|client-sfn|client-eventbridge|s3-request-presigner)\//;
  expect(result.layer.inputs.filter((input) => rare.test(input))).toEqual([]);
  expect(new Set(result.rare.inputs.flatMap((input) => rare.exec(input)?.[1] ?? []))).toEqual(
    new Set(['client-s3', 'client-sfn', 'client-eventbridge', 's3-request-presigner']),
  );
  const code = readFileSync(result.layer.file, 'utf8');
  expect(code.match(/import\("\.\/rare\.cjs"\)/g)).toHaveLength(3);
  expect(code).not.toContain('require("./rare');
});
