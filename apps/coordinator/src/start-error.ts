// Why a coordinator could not start, told to the person who started it: the message names what is
// wrong and how to mend it. Problems of a running coordinator are the protocol's ProblemError.

export class StartError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StartError';
  }
}
