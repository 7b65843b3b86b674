import { Buffer } from 'node:buffer';
import type { Json } from './intrinsics.ts';
import { AwsError } from './json-endpoint.ts';
import type { Secret, SecretsStore, SecretVersion } from './secrets-store.ts';

/** What the actions need from outside. */
export interface SecretsContext {
  store: SecretsStore;
  /** Epoch milliseconds. */
  now: () => number;
}

/** Limits of Secrets Manager: bytes of a value, labels of a version, versions of a secret. */
export const secretsLimits = { valueBytes: 65_536, stages: 20, versions: 100 };

/** Unlabelled versions younger than this are never removed, in milliseconds. */
const versionMinimumAge = 24 * 60 * 60 * 1000;

type Action = (input: Json, context: SecretsContext) => Json;

const seconds = (milliseconds: number): number => milliseconds / 1000;

function text(input: Json, key: string): string | undefined {
  const value = input[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw new AwsError('InvalidParameterException', `${key} must be a string.`);
  return value;
}

function secretOf(input: Json, { store }: SecretsContext): Secret {
  const id = text(input, 'SecretId');
  if (!id) throw new AwsError('InvalidParameterException', 'SecretId must not be empty.');
  const secret = store.find(id);
  if (!secret) throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
  return secret;
}

const holder = (secret: Secret, stage: string): SecretVersion | undefined =>
  secret.versions.find(({ stages }) => stages.includes(stage));

const without = (version: SecretVersion, stage: string): void => {
  version.stages = version.stages.filter((other) => other !== stage);
};

/** Attaches a label to one version and takes it from every other; the old AWSCURRENT becomes AWSPREVIOUS. */
function attach(secret: Secret, stage: string, version: SecretVersion): void {
  const old = holder(secret, stage);
  if (old === version) return;
  if (old) without(old, stage);
  version.stages.push(stage);
  if (stage === 'AWSCURRENT' && old) attach(secret, 'AWSPREVIOUS', old);
}

const getSecretValue: Action = (input, context) => {
  const secret = secretOf(input, context);
  const id = text(input, 'VersionId');
  const stage = text(input, 'VersionStage') ?? (id === undefined ? 'AWSCURRENT' : undefined);
  const version = id === undefined ? holder(secret, stage ?? '') : secret.versions.find((other) => other.id === id);
  if (!version) {
    const what = id === undefined ? `staging label: ${stage}` : `VersionId: ${id}`;
    throw new AwsError(
      'ResourceNotFoundException',
      `Secrets Manager can't find the specified secret value for ${what}`,
    );
  }
  if (stage !== undefined && !version.stages.includes(stage)) {
    throw new AwsError(
      'InvalidRequestException',
      'You provided a VersionStage that is not associated to the provided VersionId.',
    );
  }
  return {
    ...identity(secret),
    VersionId: version.id,
    SecretString: version.string,
    SecretBinary: version.binary,
    VersionStages: version.stages,
    CreatedDate: seconds(version.createdAt),
  };
};

const putSecretValue: Action = (input, context) => {
  const secret = secretOf(input, context);
  const token = text(input, 'ClientRequestToken') ?? '';
  if (token.length < 32 || token.length > 64) {
    throw new AwsError('InvalidParameterException', 'ClientRequestToken must be 32-64 characters long.');
  }
  const value = givenValue(input);
  const stages = stagesOf(input);
  const existing = secret.versions.find(({ id }) => id === token);
  if (existing) {
    if (existing.string !== value.string || existing.binary !== value.binary) {
      throw new AwsError(
        'ResourceExistsException',
        "You can't modify an existing version, you can only create a new version.",
      );
    }
    return { ...identity(secret), VersionId: token, VersionStages: existing.stages };
  }
  makeRoom(secret, context.now());
  const version: SecretVersion = { id: token, stages: [], ...value, createdAt: context.now() };
  // The first version of a secret is its current one, whatever else it is.
  const labels = new Set(secret.versions.length === 0 ? [...stages, 'AWSCURRENT'] : stages);
  secret.versions.push(version);
  for (const stage of labels) attach(secret, stage, version);
  context.store.save();
  return { ...identity(secret), VersionId: token, VersionStages: version.stages };
};

function givenValue(input: Json): { string?: string; binary?: string } {
  const string = text(input, 'SecretString');
  const binary = text(input, 'SecretBinary');
  if (!string === !binary) {
    throw new AwsError(
      'InvalidRequestException',
      string
        ? "You can't specify both a binary secret value and a string secret value in the same secret."
        : 'You must provide either SecretString or SecretBinary.',
    );
  }
  const bytes = string ? Buffer.byteLength(string) : Buffer.from(binary ?? '', 'base64').length;
  if (bytes > secretsLimits.valueBytes) {
    throw new AwsError(
      'ValidationException',
      `The secret value must have length less than or equal to ${secretsLimits.valueBytes}.`,
    );
  }
  return string ? { string } : { binary };
}

function stagesOf({ VersionStages }: Json): string[] {
  if (VersionStages === undefined || VersionStages === null) return ['AWSCURRENT'];
  const stages = VersionStages as unknown[];
  const valid = Array.isArray(stages) && stages.length > 0 && stages.length <= secretsLimits.stages;
  if (!valid || !stages.every((stage) => typeof stage === 'string' && stage.length > 0 && stage.length <= 256)) {
    throw new AwsError('InvalidParameterException', `VersionStages must hold 1 to ${secretsLimits.stages} labels.`);
  }
  return stages as string[];
}

/** Unlabelled versions go once they are a day old and there are too many; younger ones count against the limit. */
function makeRoom(secret: Secret, now: number): void {
  const deprecated = secret.versions.filter(
    ({ stages, createdAt }) => stages.length === 0 && now - createdAt >= versionMinimumAge,
  );
  const excess = Math.max(0, secret.versions.length + 1 - secretsLimits.versions);
  const removed = new Set(deprecated.slice(0, excess));
  if (removed.size < excess) {
    throw new AwsError('LimitExceededException', `A secret has at most ${secretsLimits.versions} versions.`);
  }
  secret.versions = secret.versions.filter((version) => !removed.has(version));
}

const updateSecretVersionStage: Action = (input, context) => {
  const secret = secretOf(input, context);
  const stage = text(input, 'VersionStage');
  if (!stage) throw new AwsError('InvalidParameterException', 'VersionStage must not be empty.');
  const named = (key: string): SecretVersion | undefined => {
    const id = text(input, key);
    if (id === undefined) return undefined;
    const version = secret.versions.find((other) => other.id === id);
    if (version) return version;
    throw new AwsError('ResourceNotFoundException', `Secrets Manager can't find the specified secret version: ${id}.`);
  };
  const from = named('RemoveFromVersionId');
  const to = named('MoveToVersionId');
  const held = holder(secret, stage);
  if (from && held !== from) {
    throw new AwsError(
      'InvalidParameterException',
      `The staging label ${stage} isn't currently attached to the version specified in RemoveFromVersionId.`,
    );
  }
  if (to && held && held !== to && !from) {
    throw new AwsError(
      'InvalidParameterException',
      `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${held.id}, so you must explicitly reference that version in RemoveFromVersionId.`,
    );
  }
  if (stage === 'AWSCURRENT' && !to) {
    throw new AwsError(
      'InvalidParameterException',
      "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.",
    );
  }
  if (!to && !from) {
    throw new AwsError('InvalidParameterException', 'Name the version that loses the label or gets it.');
  }
  if (to) attach(secret, stage, to);
  else if (from) without(from, stage);
  context.store.save();
  return identity(secret);
};

const describeSecret: Action = (input, context) => {
  const secret = secretOf(input, context);
  const labelled = secret.versions.filter(({ stages }) => stages.length > 0);
  return {
    ...identity(secret),
    CreatedDate: seconds(secret.createdAt),
    LastChangedDate: seconds(secret.versions.at(-1)?.createdAt ?? secret.createdAt),
    VersionIdsToStages: Object.fromEntries(labelled.map(({ id, stages }) => [id, stages])),
  };
};

const listSecretVersionIds: Action = (input, context) => {
  const secret = secretOf(input, context);
  const listed = secret.versions.filter(({ stages }) => input.IncludeDeprecated === true || stages.length > 0);
  return {
    ...identity(secret),
    Versions: listed.map(({ id, stages, createdAt }) => ({
      VersionId: id,
      VersionStages: stages,
      CreatedDate: seconds(createdAt),
    })),
  };
};

const identity = ({ arn, name }: Secret): Json => ({ ARN: arn, Name: name });

/** The actions that exist, by the name in `X-Amz-Target`. Each answers the response body or throws {@link AwsError}. */
export const secretsActions: Record<string, Action | undefined> = {
  GetSecretValue: getSecretValue,
  PutSecretValue: putSecretValue,
  UpdateSecretVersionStage: updateSecretVersionStage,
  DescribeSecret: describeSecret,
  ListSecretVersionIds: listSecretVersionIds,
};
