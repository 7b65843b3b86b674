/** The signing layer: what every Lambda shares and no bundle copies. Imported as `#signing`. */
export * from './aws.ts';
export * from './client.ts';
export * from './executions.ts';
export * from './nonce.ts';
export * from './objects.ts';
export * from './sign.ts';
export * from './ticket.ts';
