// `colora join`: runs the client daemon for one or more groups in this process, all sharing one trainer.
import type { ClientOptions, ClientOutcome, FindBaseModel } from '@colora/client/session/client-options';
import type { Trainer } from '@colora/training/trainer';
import type { Command } from 'commander';
import { readBaseModelName } from '../../base-model/base-model-name.ts';
import type { DownloadOffer } from '../../base-model/download-offer.ts';
import { config } from '../../config.ts';
import { acceptChanges } from '../../consent/accept-changes.ts';
import { agreeToDownload } from '../../consent/agree-to-download.ts';
import type { JoinAsking } from '../../consent/agree-to-join.ts';
import { type AskYes, askingLine, askingYes, canAsk } from '../../consent/ask-yes.ts';
import { exitCodes } from '../../exit-codes.ts';
import { type Access, accessTo } from '../../flags/access-flags.ts';
import { engineOptions } from '../../flags/engine-flags.ts';
import { guestSettingsOf } from '../../flags/member/guest-flags.ts';
import { ownLimitsOf } from '../../flags/member/limit-flags.ts';
import { memoryWishesOf } from '../../flags/member/memory-flags.ts';
import { openMemberTracing } from '../../member-tracing.ts';
import { tellFinishing } from '../../terminal/finishing.ts';
import { type Outcomes, reportOutcomes } from '../../terminal/join/join-outcomes.ts';
import { openDisplays } from '../../terminal/join/join-progress.ts';
import { watchSteps } from '../../terminal/join/watch-steps.ts';
import { print } from '../../terminal/output.ts';
import { listenForStop, type StopSignals } from '../../terminal/stop-signals.ts';
import { UsageError } from '../../usage-error.ts';
import { clientFlags, type JoinFlags, joinCommandOf } from './join-flags.ts';
import { remembering } from './remembering.ts';
import { whereTo } from './where-to.ts';

export function joinCommand(): Command {
  return joinCommandOf(join);
}

async function join(address: string, given: JoinFlags): Promise<void> {
  const { url, ...flags } = { ...given, ...whereTo(address, given) };
  if (flags.data === undefined && !canAsk())
    throw new UsageError(
      '--data: say which examples are yours (a .jsonl, .csv, .tsv, .parquet or .txt file, or a folder of text files), since nobody can be asked here',
    );
  if (flags.test !== undefined && flags.holdOut !== undefined) {
    throw new UsageError('--hold-out splits the data where there is no --test file: pass one of them');
  }
  if (
    [flags.data, flags.test].includes('-') &&
    (flags.data === flags.test || new Set(flags.group).size > 1)
  ) {
    throw new UsageError(
      'the standard input can be read only once: use - for --data or --test, and join one group with it',
    );
  }
  if (typeof flags.profile === 'string' && new Set(flags.group).size > 1)
    throw new UsageError('--profile is the name of one: join one group with it');
  const access = await accessTo(url, flags, 'member');
  const stop = listenForStop();
  const displays = await openDisplays((flags.logFormat ?? config.logFormat) === 'json');
  try {
    const outcomes = await runGroups(url, flags, access, stop, displays).finally(() => displays.close());
    if (flags.until === 'joined') print(`joined ${flags.group.join(', ')}`);
    else reportOutcomes(flags, outcomes);
    const unfinished = outcomes.some(([, outcome]) => outcome.state === 'stopped');
    if (stop.received() === 'SIGINT' && unfinished) process.exitCode = exitCodes.interrupted.status;
  } finally {
    stop.release();
  }
}

/** Every group's daemon, side by side; one that fails stops none of the others, and is told at the end. */
async function runGroups(
  url: string,
  flags: JoinFlags & { readonly group: string[] },
  access: Access,
  stop: StopSignals,
  displays: Awaited<ReturnType<typeof openDisplays>>,
): Promise<Outcomes> {
  const { runClient } = await import('@colora/client/daemon');
  const { startTrainer } = await import('@colora/training/trainer');
  const { openGuest } = await import('@colora/client/guest/guest-settings');
  const { agreeToJoin } = await import('../../consent/agree-to-join.ts');
  const { askingData } = await import('./ask-data.ts');
  const { share, priority, ...guestSettings } = guestSettingsOf(flags);
  const askLine = askingLine({ ...displays, signal: stop.signal });
  const askYes = askingYes(askLine);
  const dataPath = flags.data ?? askingData(askLine);
  const models = await modelsOf(flags, displays, askYes, stop.signal);
  const limits = ownLimitsOf(flags);
  const wishes = memoryWishesOf(flags);
  const groups = [...new Set(flags.group)];
  let starting: Promise<Trainer> | undefined;
  const start = async () => {
    const trainer = await startTrainer({
      ...engineOptions(flags),
      ...wishes,
      share,
      priority,
      log: displays.note,
    });
    displays.note(`trains with ${trainer.engine} on ${trainer.device}: ${trainer.why}`);
    return trainer;
  };
  /** One for all groups, once the first of them has its data and base model. */
  const sharedTrainer = () => {
    starting ??= start();
    return starting;
  };
  const guest = await openGuest({ ...guestSettings, log: displays.note });
  const tracing = await openMemberTracing(flags.workspace);
  const { watched, secondsLeft } = watchSteps();
  const told = tellFinishing(stop.signal, displays.now, secondsLeft);
  try {
    const options = (group: string): ClientOptions => ({
      url,
      guest,
      line: config.line,
      tracing,
      group,
      baseModel: models.baseModel,
      dataPath,
      trainer: sharedTrainer,
      signal: stop.signal,
      limits,
      acceptTerms: agreeToJoin({
        ...{ url, yes: flags.yes === true, note: displays.note, askYes },
        maxMemory: wishes.maxMemory ?? null,
        ...models,
      }),
      acceptChanges: acceptChanges(flags.acceptChanges === true, displays.note, askYes),
      ...clientFlags(flags, access),
      ...watched(remembering({ ...flags, url, group }, displays.forGroup(group), displays.note)),
    });
    const results = await Promise.allSettled(groups.map((group) => runClient(options(group))));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return results.map((result, index) => [
      groups[index]!,
      (result as PromiseFulfilledResult<ClientOutcome>).value,
    ]);
  } finally {
    guest.close();
    await tracing.close();
    await (await starting?.catch(() => undefined))?.close();
    told();
  }
}

/**
 * What the flag names, else each group's own, and what of it would have to be downloaded; one download or conversion for groups with the
 * same. A wrong flag is refused at once.
 */
async function modelsOf(
  flags: JoinFlags,
  displays: Awaited<ReturnType<typeof openDisplays>>,
  askYes: AskYes,
  signal: AbortSignal,
): Promise<Pick<ClientOptions, 'baseModel'> & Pick<JoinAsking, 'modelAtHand' | 'agreed'>> {
  const { resolveGroupsModel } = await import('../../base-model/resolve-base-model.ts');
  const { downloadNeeded } = await import('../../base-model/download-needed.ts');
  const { openSentList } = await import('@colora/client/sent/open-sent-list');
  const { lineDisplay } = await import('../../base-model/download-display.ts');
  const { baseModel: flag } = flags;
  if (flag !== undefined) await readBaseModelName(flag);
  const ask = agreeToDownload({ yes: flags.yes === true, note: displays.note, askYes });
  /** Downloads that were agreed to with the group. */
  const agreed = new Set<string>();
  const nameOf = ({ id, revision }: DownloadOffer) => `${id} ${revision}`;
  const fetching = {
    agree: async (offer: DownloadOffer) => (agreed.has(nameOf(offer)) ? undefined : await ask(offer)),
    signal,
    sent: openSentList(flags.workspace),
  };
  const found = new Map<string, ReturnType<typeof resolveGroupsModel>>();
  const baseModel: FindBaseModel = (wanted, remembered) => {
    const display = lineDisplay(displays.note); // beside the groups' own bars
    const place = flag ?? remembered ?? wanted.name;
    const model = found.get(place) ?? resolveGroupsModel({ flag, remembered }, wanted, fetching, display);
    found.set(place, model);
    return model;
  };
  return {
    baseModel,
    modelAtHand: async (name) => await downloadNeeded({ flag, remembered: undefined }, { name }, fetching),
    agreed: (offer) => offer.bytes !== null && agreed.add(nameOf(offer)),
  };
}
