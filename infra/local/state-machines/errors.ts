/** An error of a Task state, as the interpreter matches it: by its name, unless it can be neither retried nor caught. */
export class TaskError extends Error {
  /** Read by the interpreter. */
  readonly isRetryable: boolean;
  readonly isCatchable: boolean;

  constructor(name: string, cause: string, catchable = true) {
    super(cause);
    this.name = name;
    this.isRetryable = catchable;
    this.isCatchable = catchable;
  }
}

/** Data over 256 KB: `States.ALL` does not catch this error (Step Functions' guide, "Error names"). */
export const tooLarge = (where: string, what: 'input' | 'output' | 'result'): TaskError =>
  new TaskError(
    'States.DataLimitExceeded',
    `The ${what} of the ${where} has a size exceeding the maximum number of bytes service limit.`,
    false,
  );
