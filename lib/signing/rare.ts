/**
 * The AWS clients that few calls need. The build makes a file of its own of this, which the first such call loads: in one
 * file with the rest they would nearly double the time that every function takes to start.
 */
export { putEvent } from './event-bridge.ts';
export { s3Store } from './s3.ts';
export { startExecution } from './step-functions.ts';
