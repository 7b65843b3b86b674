/** Short and final (reliability: DEP-2); without `throwOnRequestTimeout` the SDK would only warn. */
export const clientOptions = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 500, requestTimeout: 1_000, throwOnRequestTimeout: true },
};
