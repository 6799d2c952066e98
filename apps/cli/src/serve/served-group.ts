// What a workspace has learnt in one group, as it is served: read when it is first asked for and again when a daemon has
// changed it meanwhile (every file is replaced whole). Which models come of it is served-models.ts.
import { readTrained, type Trained } from '@colora/client/trained';
import { trainedStamp } from '@colora/client/trained-groups';

export interface ServedGroup {
  readonly group: string;
  /** As it is now; `changed` when it isn't what the last call gave. */
  read(): Promise<{ readonly trained: Trained; readonly changed: boolean }>;
}

export function servedGroup(workspace: string, group: string): ServedGroup {
  let known: { readonly stamp: string; readonly trained: Trained } | null = null;
  return {
    group,
    async read() {
      const stamp = await trainedStamp(workspace, group);
      if (known?.stamp === stamp) return { trained: known.trained, changed: false };
      known = { stamp, trained: await readTrained(workspace, group) };
      return { trained: known.trained, changed: true };
    },
  };
}
