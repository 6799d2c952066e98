// A wrong flag, argument or value: the message names it and says what is allowed.
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}
