import { randomUUID } from 'node:crypto';
import type { SecretsManagerClient } from '#signing';
import { secretsActions } from '../../infra/local/secrets-actions.ts';
import type { Secret, SecretsStore } from '../../infra/local/secrets-store.ts';

/** The local stage's Secrets Manager in this process and in memory; `names` are secrets without a value. */
export function memorySecrets(now: () => number, names: readonly string[]) {
  const secrets = names.map((name): Secret => ({ name, arn: `arn:${name}-abcdef`, createdAt: now(), versions: [] }));
  const find = (id: string) => secrets.find(({ name }) => name === id);
  const store: SecretsStore = { find, add: (secret) => void secrets.push(secret), save: () => {} };

  /** Carries out a command of the SDK. @throws AwsError */
  function execute(command: { readonly constructor: { readonly name: string }; readonly input: object }) {
    const action = secretsActions[command.constructor.name.replace('Command', '')]!;
    return structuredClone(action(command.input as never, { store, now }));
  }

  return {
    execute,
    client: { send: async (command: never) => execute(command) } as unknown as SecretsManagerClient,
    /** Writes a value as an operator does. */
    write(name: string, value: string): void {
      const input = { SecretId: name, SecretString: value, ClientRequestToken: randomUUID() };
      secretsActions.PutSecretValue!(input, { store, now });
    },
    /** The versions of a secret. */
    versions: (name: string) => find(name)!.versions,
    /** The value in force. */
    current: (name: string) => find(name)!.versions.find(({ stages }) => stages.includes('AWSCURRENT'))?.string,
    /** Forgets every version of a secret. */
    empty(name: string): void {
      find(name)!.versions = [];
    },
  };
}
