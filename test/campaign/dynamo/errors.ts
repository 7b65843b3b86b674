/** A request that DynamoDB would not take. The SDK has no class for it either. */
export class ValidationException extends Error {
  override readonly name = 'ValidationException';
}
