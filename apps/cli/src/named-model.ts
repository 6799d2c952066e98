// Which model a command runs on: what a workspace has learnt in a group, or a base model alone.
import { openSentList } from '@colora/client/sent/open-sent-list';
import { readTrained, type Trained } from '@colora/client/trained';
import { resolveBaseModel, resolveGroupsModel } from './base-model/resolve-base-model.ts';
import { agreeAtTerminal } from './consent/agree-to-download.ts';
import { UsageError } from './usage-error.ts';

export interface ModelFlags {
  readonly group?: string;
  readonly workspace: string;
  readonly baseModel?: string;
}

export interface NamedModel {
  /** Folder of the base model. */
  readonly baseModel: string;
  /** Null without a group. */
  readonly trained: Trained | null;
}

/** Throws UsageError where neither a group nor a base model is named, and what reading them throws. */
export async function modelOf({ group, workspace, baseModel }: ModelFlags): Promise<NamedModel> {
  if (group === undefined) {
    if (baseModel === undefined) throw new UsageError('say which model: --group, or --base-model alone');
    return { baseModel: (await resolveBaseModel(baseModel)).folder, trained: null };
  }
  const trained = await readTrained(workspace, group);
  return { baseModel: await baseModelOf(trained, baseModel, workspace), trained };
}

/** The folder of the base model of what a workspace has learnt; `flag`: --base-model. Not checked here. */
export async function baseModelOf(
  { group, baseModelSource: remembered }: Trained,
  flag: string | undefined,
  workspace: string,
): Promise<string> {
  const { signal } = new AbortController(); // nobody listens for Ctrl-C here: it ends the process
  const fetching = {
    agree: agreeAtTerminal(signal),
    signal,
    sent: openSentList(workspace),
  };
  return (await resolveGroupsModel({ flag, remembered }, group.settings.baseModel, fetching)).folder;
}
