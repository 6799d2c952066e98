// What a workspace has learnt in one group, as it is served: read when it is first asked for and again when a daemon has
// changed it meanwhile (every file is replaced whole). Which models come of it is served-models.ts.
import { readTrained, type Trained } from '@colora/client/trained';
import { trainedStamp } from '@colora/client/trained-groups';

export interface ServedGroup {
  /** What its models are called by. */
  readonly name: string;
  readonly workspace: string;
  /** What was learnt, where it isn't what the last call gave; else null. It isn't kept here. */
  news(): Promise<Trained | null>;
}

export function servedGroup(name: string, workspace: string, group: string): ServedGroup {
  let known: string | null = null;
  return {
    name,
    workspace,
    async news() {
      const stamp = await trainedStamp(workspace, group);
      if (known === stamp) return null;
      const trained = await readTrained(workspace, group);
      known = stamp;
      return trained;
    },
  };
}
