// How the controls of SCAFFOLD are called in a checkpoint, in contributions and in a participant's own state: one beside
// each shared tensor. What they do is the aggregation's and the training's (both call it scaffold.ts).

/** `control/<tensor>` */
export const controlPrefix = 'control/';

export function isControl(name: string): boolean {
  return name.startsWith(controlPrefix);
}

/** The tensor that a control belongs to; any other name is its own. */
export function tensorOf(name: string): string {
  return isControl(name) ? name.slice(controlPrefix.length) : name;
}
