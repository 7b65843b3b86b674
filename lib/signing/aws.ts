/** The AWS clients that nearly every call needs, loaded with the layer. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { clientOptions } from './client-options.ts';

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

/** A DynamoDB client with Signet's limits. */
export const dynamoClient = (): DynamoDBClient => new DynamoDBClient(clientOptions);
/** A Secrets Manager client with Signet's limits. */
export const secretsClient = (): SecretsManagerClient => new SecretsManagerClient(clientOptions);
