// From a draft of settings to a group that is there: the base model found and opened, what follows from it filled in and checked,
// the group created and shown. Where the draft comes from (flags, a file) is the commands' affair.
import type { TaskGroup } from '@colora/protocol/entities';
import type { TaskKind } from '@colora/protocol/task-kinds';
import { shippedModel } from '../base-model/base-model-name.ts';
import { type ApiFlags, openApi } from '../coordinator-api.ts';
import { asObject, checkSettings, type SettingsDraft } from '../flags/settings-draft.ts';
import { print, printFacts, printJson, say } from '../terminal/output.ts';
import { UsageError } from '../usage-error.ts';

export interface NewGroup {
  readonly name: string;
  readonly access: TaskGroup['access'];
  readonly draft: SettingsDraft;
  /** Null where the draft names none that there is: the schema says which there are. */
  readonly kind: TaskKind | null;
  /** As --base-model takes it; the shipped model where it is left out. */
  readonly baseModel: string | undefined;
  /** What members are to know it by; by what it was found, where it is left out. */
  readonly baseModelName?: string | undefined;
  /** That it has to have. */
  readonly fingerprint?: string | undefined;
  readonly fromAdapter?: string | undefined;
  readonly start?: boolean | undefined;
  /** Nothing is created: what it would mean is said. */
  readonly dryRun?: boolean | undefined;
}

/** Throws UsageError, ModelError and refusals of the coordinator; prints what came of it. */
export async function makeNewGroup(wanted: NewGroup, flags: ApiFlags): Promise<void> {
  const { name, access, draft, kind, fromAdapter } = wanted;
  if (wanted.baseModel === undefined && kind !== null) await assertFitsShipped(kind);
  const { resolveBaseModel } = await import('../base-model/resolve-base-model.ts');
  const found = await resolveBaseModel(wanted.baseModel ?? shippedModel);
  const { openBaseModel } = await import('@colora/models/base-model');
  const base = await openBaseModel(found.folder);
  assertSameModel(wanted, base.fingerprint);
  const { linears } = base;
  const { fitToAdapter, readPeftFolder } = await import('../adapter/peft-folder.ts');
  const adapter = fromAdapter === undefined ? null : await readPeftFolder(fromAdapter, linears);
  const fitted = adapter === null ? draft : fitToAdapter(draft, adapter.folded, linears);
  const { filledIn } = await import('./filled-in.ts');
  const checked = await checkSettings(kind === null ? fitted : filledIn(fitted, kind, base.modelType));
  const { estimatedStepSeconds, proposeDeadline } = await import('../deadlines/propose-deadline.ts');
  const isGiven = asObject(draft.rounds).deadlineSeconds !== undefined;
  const proposed = isGiven ? null : proposeDeadline(base, checked);
  const settings = proposed === null ? checked : { ...checked, rounds: proposed.rounds };

  const { createTaskGroup, planTaskGroup } = await import('../create-group.ts');
  const api = await openApi(flags);
  const baseModelName = wanted.baseModelName ?? found.name;
  const start = adapter === null ? {} : { adapter: adapter.folded };
  const asked = { name, access, baseModel: found.folder, baseModelName, settings, ...start };
  if (wanted.dryRun) {
    const planned = await planTaskGroup(api, asked, estimatedStepSeconds(base, checked));
    if (flags.json) return printJson(planned);
    const { planFacts } = await import('../plan/plan-facts.ts');
    printFacts(planFacts(planned, base));
    for (const remark of planned.plan?.remarks ?? []) say(remark);
    return say('Nothing was created: leave --dry-run out for that.');
  }
  let group = await createTaskGroup(api, asked);
  if (wanted.start) group = await api.call('startGroup', { params: { group: name } });
  if (flags.json) return printJson(group);
  const { groupFacts } = await import('../group-rows.ts');
  const { adaptedModules, modulesText, parametersText } = await import('../adapter/adapted-modules.ts');
  const adapted = adaptedModules(linears, group.settings);
  printFacts([
    ...groupFacts(group, { verdicts: null, stepTimes: null }),
    ['adapted', modulesText(adapted)],
    ['parameters', parametersText(adapted)],
  ]);
  print();
  if (proposed !== null) say(proposed.why);
  if (adapter !== null) {
    say(`Its shared part starts from ${fromAdapter}, trained on ${adapter.baseModel ?? 'an unnamed model'}.`);
  }
  if (!wanted.start) say(`Start its rounds: colora groups start ${name}`);
  if (access === 'invitation') say(`It is by invitation: colora groups invite ${name}`);
  else say(`Join it: colora join ${api.url} --group ${name} --data <file.jsonl>`);
}

/** Said before the shipped model is converted, and in terms of the flag that is missing. */
async function assertFitsShipped(kind: TaskKind): Promise<void> {
  const { taskKindTable } = await import('@colora/protocol/task-kinds');
  if (!taskKindTable[kind].writes) return;
  throw new UsageError(
    `a language model needs --base-model, for instance HuggingFaceTB/SmolLM2-135M-Instruct or a folder: ${shippedModel}, which is taken without it, reads texts and writes none`,
  );
}

function assertSameModel({ name, fingerprint, baseModel }: NewGroup, found: string): void {
  if (fingerprint === undefined || fingerprint === found) return;
  throw new UsageError(
    `the base model ${baseModel ?? shippedModel} is another one than ${name} names: its fingerprint is ${found.slice(0, 12)}…, not ${fingerprint.slice(0, 12)}…; pass the right one as --base-model`,
  );
}
