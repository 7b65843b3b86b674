import { randomInt, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { asText, type Json } from './intrinsics.ts';
import { listen } from './listen.ts';
import type { SecretModel } from './model.ts';
import { type SecretsContext, SecretsError, secretsActions } from './secrets-actions.ts';
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

/** A running Secrets Manager. */
export interface SecretsManager {
  endpoint: string;
  stop: () => Promise<void>;
}

const target = /^secretsmanager\.(\w+)$/;
const bodyLimit = 1_000_000;

/** Starts Secrets Manager on a loopback port: AWS JSON 1.1, with the actions that Signet uses. */
export async function startSecretsManager(options: SecretsManagerOptions): Promise<SecretsManager> {
  const context: SecretsContext = { store: openSecretsStore(options.path), now: options.now ?? Date.now };
  for (const secret of options.secrets) ensure(secret, context);
  for (const [name, value] of Object.entries(options.values)) operatorWrites(name, value, context);
  context.store.save();
  const server = createServer((request, response) => {
    answer(request, options.accessKeyId, context).then(
      (body) => send(response, 200, body),
      (error: unknown) => {
        const known =
          error instanceof SecretsError ? error : new SecretsError('InternalServiceError', 'An error occurred.');
        send(response, known.name === 'InternalServiceError' ? 500 : 400, {
          __type: known.name,
          Message: known.message,
        });
      },
    );
  });
  const port = await listen(server);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(request: IncomingMessage, accessKeyId: string, context: SecretsContext): Promise<Json> {
  const action = secretsActions[target.exec(String(request.headers['x-amz-target'] ?? ''))?.[1] ?? ''];
  const body = await read(request);
  if (request.method !== 'POST' || !action)
    throw new SecretsError('UnknownOperationException', 'There is no such action.');
  if (!request.headers.authorization?.includes(`Credential=${accessKeyId}/`)) {
    throw new SecretsError('UnrecognizedClientException', 'The security token included in the request is invalid.');
  }
  return action(parse(body), context);
}

function parse(body: string): Json {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Json;
  } catch {
    // Answered below, like JSON that is no object.
  }
  throw new SecretsError('SerializationException', 'The body is not a JSON object.');
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > bodyLimit) throw new SecretsError('RequestEntityTooLarge', 'The body is too long.');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString();
}

function send(response: ServerResponse, status: number, body: Json): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() });
  response.end(JSON.stringify(body));
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
