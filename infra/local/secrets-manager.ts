import { randomInt, randomUUID } from 'node:crypto';
import { asText, type Json } from './intrinsics.ts';
import { type Action, type Endpoint, startEndpoint } from './json-endpoint.ts';
import type { SecretModel } from './model.ts';
import { type SecretsContext, secretsActions } from './secrets-actions.ts';
import { openSecretsStore } from './secrets-store.ts';

/** What the local Secrets Manager is started with. */
export interface SecretsManagerOptions {
  /** File that keeps the secrets between runs. */
  path: string;
  /** Secrets of the template; those the file does not hold yet are made. */
  secrets: SecretModel[];
  /** Values that the operator writes, by secret name. */
  values: Record<string, string>;
  /** The one access key whose requests are served. Other users of the machine do not know it. */
  accessKeyId: string;
  /** Epoch milliseconds. */
  now?: () => number;
}

/** Starts Secrets Manager on a loopback port: AWS JSON 1.1, with the actions that Signet uses. */
export function startSecretsManager(options: SecretsManagerOptions): Promise<Endpoint> {
  const context: SecretsContext = { store: openSecretsStore(options.path), now: options.now ?? Date.now };
  for (const secret of options.secrets) ensure(secret, context);
  for (const [name, value] of Object.entries(options.values)) operatorWrites(name, value, context);
  context.store.save();
  const actions = Object.entries(secretsActions).map(([name, act]): [string, Action] => [
    name,
    (input) => act!(input, context),
  ]);
  const { accessKeyId } = options;
  return startEndpoint({
    service: 'secretsmanager',
    version: '1.1',
    actions: Object.fromEntries(actions),
    accessKeyId,
  });
}

function ensure({ name, arn, initial, generate }: SecretModel, context: SecretsContext): void {
  const { store, now } = context;
  const existing = store.find(name);
  if (existing) {
    existing.arn = arn;
    return;
  }
  store.add({ name, arn, createdAt: now(), versions: [] });
  const value = generate === undefined ? initial : generatedValue(generate);
  if (value !== undefined) put(name, value, context);
}

function operatorWrites(name: string, value: string, context: SecretsContext): void {
  const secret = context.store.find(name);
  if (!secret) throw new Error(`The template has no secret ${name}.`);
  const current = secret.versions.find(({ stages }) => stages.includes('AWSCURRENT'));
  if (current?.string !== value) put(name, value, context);
}

function put(name: string, value: string, context: SecretsContext): void {
  secretsActions.PutSecretValue?.({ SecretId: name, SecretString: value, ClientRequestToken: randomUUID() }, context);
}

const alphabets = {
  Lowercase: 'abcdefghijklmnopqrstuvwxyz',
  Uppercase: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  Numbers: '0123456789',
  Punctuation: '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
};

/** The value that CloudFormation's `GenerateSecretString` asks for. */
export function generatedValue(options: Json): string {
  const excluded = asText(options.ExcludeCharacters ?? '');
  const kinds = Object.entries(alphabets)
    .filter(([kind]) => options[`Exclude${kind}`] !== true)
    .map(([, characters]) =>
      characters
        .split('')
        .filter((character) => !excluded.includes(character))
        .join(''),
    );
  const all = kinds.join('') + (options.IncludeSpace === true ? ' ' : '');
  const length = Number(options.PasswordLength ?? 32);
  let password: string;
  do {
    password = Array.from({ length }, () => all[randomInt(all.length)]).join('');
  } while (
    options.RequireEachIncludedType !== false &&
    !kinds.every((kind) => password.split('').some((character) => kind.includes(character)))
  );
  if (typeof options.GenerateStringKey !== 'string') return password;
  const template = JSON.parse(asText(options.SecretStringTemplate ?? '{}')) as Json;
  return JSON.stringify({ ...template, [options.GenerateStringKey]: password });
}
