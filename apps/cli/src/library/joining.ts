// A member at work in a program of somebody else's: the client's daemon under the library's options. It prints nothing, listens to no
// signal of the process and ends none. What is thrown here becomes ColoraError in library.ts.
import { runClient } from '@colora/client/daemon';
import { openGuest } from '@colora/client/guest/guest-settings';
import { type PauseWindow, parsePauseWindow } from '@colora/client/guest/pause-windows';
import { leaveGroup } from '@colora/client/own-membership';
import { openSentList } from '@colora/client/sent/open-sent-list';
import type { ClientOptions, ClientOutcome } from '@colora/client/session/client-options';
import type { GuardReport } from '@colora/client/told';
import { readInvitationLink } from '@colora/protocol/accounts/invitation-link';
import { startTrainer, type Trainer, type TrainerOptions } from '@colora/training/trainer';
import { readBaseModelName } from '../base-model/base-model-name.ts';
import { resolveGroupsModel } from '../base-model/resolve-base-model.ts';
import { config } from '../config.ts';
import { UsageError } from '../usage-error.ts';
import { verdictText } from '../verdict-text.ts';
import { reportOf } from '../why/report-of.ts';
import type { Agreeing } from './agreeing.ts';
import type { JoinOptions, NamedGroup, Outcome, Verdict } from './colora.d.ts';
import { displayFor } from './model-display.ts';
import { readAddress } from './read-options.ts';
import { engineOf } from './trainer-options.ts';

/** Throws UsageError. */
export function placeOf(where: unknown): NamedGroup {
  const given = readAddress(where);
  if (typeof given !== 'string') return given;
  const link = readInvitationLink(given);
  if (link === null)
    throw new UsageError(
      'joinGroup: where: not an invitation’s link (https://host/join/group#colora_i_…); pass { url, group }',
    );
  return link;
}

/** Until the group is completed or `signal` aborts. Throws what the client and base models throw. */
export async function runMember(
  place: NamedGroup,
  options: JoinOptions,
  agreeing: Agreeing,
  signal: AbortSignal,
): Promise<Outcome> {
  const { machine = {}, onNote = () => undefined } = options;
  const note = (message: string) => onNote({ level: 'info', message });
  if (options.baseModel !== undefined) await readBaseModelName(options.baseModel);
  const guest = await openGuest({
    ...machine,
    pauseBetween: machine.pauseBetween?.map((hours): PauseWindow => parsePauseWindow(hours)!),
    log: note,
  });
  let starting: Promise<Trainer> | undefined;
  try {
    const outcome = await runClient({
      ...clientOptions(place, options),
      guest,
      signal,
      baseModel: (wanted, remembered, ends) =>
        resolveGroupsModel(
          { flag: options.baseModel, remembered },
          wanted,
          { agree: agreeing.agreeToDownload, signal: ends, sent: openSentList(options.workspace) },
          displayFor(options),
        ),
      acceptTerms: agreeing.acceptTerms,
      acceptChanges: agreeing.acceptChanges,
      trainer() {
        starting ??= startTrainer({ ...trainerOptions(options), log: note });
        return starting;
      },
    });
    return outcomeOf(outcome);
  } finally {
    guest.close();
    await (await starting?.catch(() => undefined))?.close();
  }
}

/** Ends the membership of the workspace. */
export async function endMembership(
  { group }: NamedGroup,
  { workspace, insecure = false, onNote }: JoinOptions,
): Promise<void> {
  await leaveGroup(workspace, group, {
    line: config.line,
    insecure,
    log: (level, message) => onNote?.({ level, message }),
  });
}

function clientOptions(
  place: NamedGroup,
  options: JoinOptions,
): Omit<ClientOptions, 'baseModel' | 'signal' | 'guest' | 'trainer'> {
  const { data, heldOut, holdOut, workspace, name, limits, until, personaliseSteps, evaluate } = options;
  const { guard, figures, reports, coordinatorKey, insecure, useHere, seed, onProgress, onNote } = options;
  return {
    ...place,
    workspace,
    line: config.line,
    dataPath: data,
    insecure: insecure === true,
    ...(reports === false ? {} : { reportOf }),
    ...(onNote === undefined
      ? {}
      : { log: ({ level, message }: Parameters<typeof onNote>[0]) => onNote({ level, message }) }),
    ...given({
      name,
      limits,
      until,
      personaliseSteps,
      evaluate,
      guard,
      figures,
      coordinatorKey,
      useHere,
      seed,
    }),
    ...given({ heldOutPath: heldOut, holdOut, onProgress }),
  };
}

/** Without what is undefined: that isn't said. */
function given<Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Fields]?: Exclude<Fields[Name], undefined>;
  };
}

function trainerOptions(options: JoinOptions): TrainerOptions {
  const { share, priority = 'below-normal', maxMemory, recompute, fitMemory } = options.machine ?? {};
  return { ...engineOf(options), priority, ...given({ share, maxMemory, recompute, fitMemory }) };
}

function outcomeOf({ guard, ...outcome }: ClientOutcome): Outcome {
  return { ...outcome, verdict: guard === null ? null : verdictOf(guard) };
}

function verdictOf(report: GuardReport): Verdict {
  const { found, version } = report;
  return {
    checkpoint: version,
    text: verdictText(report),
    opinion: found?.verdict.opinion ?? null,
    helped: found?.verdict.helped ?? null,
    weights: found?.weights ?? null,
  };
}
