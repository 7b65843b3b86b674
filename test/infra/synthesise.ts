/** Synthesises a stage in this process, from bundles that are only placeholders, and reads its template. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { vi } from 'vitest';
import { ownFunctionNames } from '../../infra/functions.ts';
import { SignetStack } from '../../infra/signet-stack.ts';
import { deployedStages, localStage, type Stage } from '../../infra/stages.ts';
import { operations } from '../../lib/operations/index.ts';

/** A resource as the template has it. */
export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: templates are JSON of many shapes, and assertions say which.
  readonly Properties: any;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** A synthesised stage. */
export interface Synthesised {
  readonly template: {
    readonly Resources: Readonly<Record<string, Resource>>;
    readonly Outputs: Readonly<
      Record<string, { readonly Value: unknown; readonly Export?: { readonly Name: string } }>
    >;
    readonly Parameters: Readonly<Record<string, { readonly Type: string; readonly Default?: string }>>;
  };
  readonly terminationProtection: boolean | undefined;
  /** Resources of one type by logical id. */
  all(type: string): readonly (readonly [id: string, resource: Resource])[];
  /** The function with this name: logical id and properties. */
  lambda(name: string): { readonly id: string; readonly properties: Resource['Properties'] };
}

const [dev, prod] = deployedStages as [Stage, Stage];

/** The stages of the app; `local` as it is without any environment variable. */
export const stages = { local: localStage({ profile: 'tencentcloud', appId: 'TIDASIM1' }), dev, prod };

/** Names of all Lambdas of a stage that owns its app id. */
export const lambdaNames: readonly string[] = [...operations.map(({ name }) => name), ...ownFunctionNames];

const { context } = JSON.parse(readFileSync(join(import.meta.dirname, '../../cdk.json'), 'utf8')) as {
  context: Record<string, unknown>;
};
const folder = mkdtempSync(join(tmpdir(), 'signet-infra-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const dist = join(folder, 'dist');
for (const name of lambdaNames) {
  mkdirSync(join(dist, 'functions', name), { recursive: true });
  writeFileSync(join(dist, 'functions', name, 'index.cjs'), `// ${name}`);
}
mkdirSync(join(dist, 'layer', 'nodejs'), { recursive: true });
writeFileSync(join(dist, 'layer', 'nodejs', 'signing.cjs'), '// layer');

/** Synthesises one stage. The template validator is left to `npm run synth`: it takes seconds. */
export function synthesise(stage: Stage): Synthesised {
  vi.stubEnv('CDK_VALIDATION', 'false');
  const app = new App({ context, outdir: mkdtempSync(join(folder, 'out-')) });
  const { stackName } = new SignetStack(app, { stage, operations, dist });
  const { template, terminationProtection } = app.synth().getStackByName(stackName);
  const all = (type: string) =>
    Object.entries<Resource>(template.Resources).filter(([, resource]) => resource.Type === type);
  const lambda = (name: string) => {
    const found = all('AWS::Lambda::Function').find(
      ([, { Properties }]) => Properties.FunctionName === `signet-${stage.name}-${name}`,
    );
    if (!found) throw new Error(`stage ${stage.name} has no function ${name}`);
    return { id: found[0], properties: found[1].Properties };
  };
  return { template, terminationProtection, all, lambda };
}

/** Names what a template value points to: the logical id, the import, or the text itself; joined, as it is joined. */
export function target(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[kind, of]] = Object.entries(value as Record<string, unknown>) as [[string, unknown]];
  if (kind === 'Fn::GetAtt') return (of as string[])[0]!;
  if (kind === 'Fn::Join') return (of as [string, unknown[]])[1].map(target).join((of as [string, unknown[]])[0]);
  if (kind === 'Fn::ImportValue') return `import ${of as string}`;
  return kind === 'Ref' ? (of as string) : JSON.stringify(value);
}
