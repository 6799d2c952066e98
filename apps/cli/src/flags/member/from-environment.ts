// A flag's value out of the environment, read by the flag's own reader, and refused by the variable's name.
import { InvalidArgumentError } from 'commander';
import { UsageError } from '../../usage-error.ts';

/** Undefined where the variable isn't set. Throws UsageError. */
export function fromEnvironment<Value>(
  name: string,
  text: string | undefined,
  read: (text: string) => Value,
): Value | undefined {
  if (text === undefined) return undefined;
  try {
    return read(text);
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw new UsageError(`${name}=${text}: ${error.message}`);
    throw error;
  }
}
