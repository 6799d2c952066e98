// How SCAFFOLD's controls are called, in the checkpoint, on the wire and in a learner's state. What they do is scaffold.ts.

export const controlPrefix = 'control/';

export function isControl(name: string): boolean {
  return name.startsWith(controlPrefix);
}

/** The tensor that a control belongs to; any other name is its own. */
export function tensorOf(name: string): string {
  return isControl(name) ? name.slice(controlPrefix.length) : name;
}
