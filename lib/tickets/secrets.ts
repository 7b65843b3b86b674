/** Secrets as the refresher uses them: versions that never change, and labels that say which of them is in force. */
import { createHash } from 'node:crypto';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '#signing';

/** A version of a secret. */
export interface SecretVersion {
  readonly text: string;
  readonly versionId: string;
}

/** What a version becomes: the one in force, or stored for now. AWSPREVIOUS is never read: it dies within a minute (R22). */
export type Label = 'AWSCURRENT' | 'AWSPENDING';

/** One secret. Every method throws what Secrets Manager throws. */
export interface SecretStore {
  /** The version in force, or the one with this id; undefined when there is none. */
  read(versionId?: string): Promise<SecretVersion | undefined>;
  /**
   * Stores a version. The same again changes nothing; another text under the same id is an error. The first version of a
   * secret is in force at once, whatever its label.
   */
  put(text: string, versionId: string, label: Label): Promise<void>;
  /**
   * Puts the version `to` in force in place of `from`, which is undefined when there was none: a compare-and-swap.
   *
   * @returns false when another version than `from` is in force
   */
  promote(to: string, from: string | undefined): Promise<boolean>;
}

/** The version id of a generation: a UUID that everybody who makes this generation arrives at. */
export function versionIdOf(appId: string, generation: number): string {
  const hex = createHash('sha256').update(`${appId} ${generation}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** A secret of Secrets Manager. */
export function secretStore(client: SecretsManagerClient, SecretId: string): SecretStore {
  async function read(id?: string): Promise<SecretVersion | undefined> {
    try {
      const { SecretString, VersionId } = await client.send(new GetSecretValueCommand({ SecretId, VersionId: id }));
      return SecretString ? { text: SecretString, versionId: VersionId ?? '' } : undefined;
    } catch (error) {
      if ((error as Error).name === 'ResourceNotFoundException') return undefined;
      throw error;
    }
  }

  return {
    read,
    async put(SecretString, ClientRequestToken, label) {
      const VersionStages = [label];
      await client.send(new PutSecretValueCommand({ SecretId, SecretString, ClientRequestToken, VersionStages }));
    },
    async promote(to, from) {
      if (to === from) return true;
      const move = { SecretId, VersionStage: 'AWSCURRENT', MoveToVersionId: to, RemoveFromVersionId: from };
      try {
        await client.send(new UpdateSecretVersionStageCommand(move));
        return true;
      } catch (error) {
        // A first version is in force already; and where an answer was lost, the SDK's repeat fails.
        const current = await read();
        if (current?.versionId === to) return true;
        if (current?.versionId !== from) return false;
        throw error;
      }
    },
  };
}
