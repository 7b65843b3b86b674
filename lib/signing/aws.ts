/** The AWS clients. All of them live here, so that the SDK's core is loaded once, with the layer. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

export {
  type AttributeValue,
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
export {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';

/** Short and final (reliability: DEP-2); without `throwOnRequestTimeout` the SDK would only warn. */
export const clientOptions = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 500, requestTimeout: 1_000, throwOnRequestTimeout: true },
};

/** A DynamoDB client with Signet's limits. */
export const dynamoClient = (): DynamoDBClient => new DynamoDBClient(clientOptions);
/** A Secrets Manager client with Signet's limits. */
export const secretsClient = (): SecretsManagerClient => new SecretsManagerClient(clientOptions);
