import { existsSync, readFileSync } from 'node:fs';
import { writeFileAtomically } from './atomic-file.ts';

/** One version of a secret; the value is a string, or base64 if binary. */
export interface SecretVersion {
  id: string;
  stages: string[];
  string?: string;
  binary?: string;
  /** Epoch milliseconds. */
  createdAt: number;
}

/** One secret, its versions in the order they were made. */
export interface Secret {
  name: string;
  arn: string;
  createdAt: number;
  versions: SecretVersion[];
}

/** The secrets of a stage, kept in one file. */
export interface SecretsStore {
  /** By name, by ARN, or by ARN without its last six characters. */
  find: (id: string) => Secret | undefined;
  add: (secret: Secret) => void;
  /** Stores what has been changed in the secrets. */
  save: () => void;
}

/** Opens the file of secrets, or starts an empty one. Throws if the file is none of ours. */
export function openSecretsStore(path: string): SecretsStore {
  const secrets: Secret[] = existsSync(path)
    ? (JSON.parse(readFileSync(path, 'utf8')) as { secrets: Secret[] }).secrets
    : [];
  return {
    find: (id) => secrets.find(({ name, arn }) => id === name || id === arn || id === arn.slice(0, -7)),
    add: (secret) => void secrets.push(secret),
    save: () => writeFileAtomically(path, JSON.stringify({ secrets }, null, 2)),
  };
}
