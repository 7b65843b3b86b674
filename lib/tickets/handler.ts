import { GetSecretValueCommand, PutSecretValueCommand, type SecretsManagerClient } from '#signing';
import { profiles } from '../profiles.ts';
import { productionParts } from '../runtime.ts';
import { ticketCalls } from './calls.ts';
import { type RefreshParts, refresh, type SecretStore } from './refresh.ts';

/** A secret of Secrets Manager. One without a value reads as undefined. */
export function secretStore(client: SecretsManagerClient, id: string): SecretStore {
  return {
    async read() {
      try {
        const { SecretString, VersionId } = await client.send(new GetSecretValueCommand({ SecretId: id }));
        return SecretString ? { text: SecretString, versionId: VersionId ?? '' } : undefined;
      } catch (error) {
        if ((error as Error).name === 'ResourceNotFoundException') return undefined;
        throw error;
      }
    },
    async write(text) {
      await client.send(new PutSecretValueCommand({ SecretId: id, SecretString: text }));
    },
  };
}

function productionRefresh(): RefreshParts {
  const { environment, secrets, upstream, ticketItem, now, log } = productionParts();
  const { profile, appId, appSecret, tokenSecret, ticketSecret, upstreamUrl } = environment;
  return {
    calls: ticketCalls(upstream, profiles[profile], appId, upstreamUrl),
    appSecret: secretStore(secrets, appSecret),
    accessToken: secretStore(secrets, tokenSecret),
    signTicket: secretStore(secrets, ticketSecret),
    item: ticketItem,
    now,
    log,
  };
}

/** The handler of the schedule. */
export function refreshHandler(makeParts = productionRefresh): () => Promise<{ readonly refresh: string }> {
  let parts: RefreshParts | undefined;
  return async () => {
    parts ??= makeParts();
    return { refresh: await refresh(parts) };
  };
}
