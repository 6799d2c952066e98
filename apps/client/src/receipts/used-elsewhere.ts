// A copy of this workspace that was used in another place: the coordinator has a contribution of this member for a later round than any that
// is known here. Two that go on side by side are one member twice: what one sends is refused for the other's, and the accounts of both are wrong.
// Of copies that take turns within one round the delivery tells (line/deliver.ts); the mark of an export is workspace/moving/moved-mark.ts.
import { parseJson } from '@colora/protocol/api-client';
import type { TaskGroup } from '@colora/protocol/entities';
import { contributionForm } from '@colora/protocol/proofs/statement';
import { z } from 'zod';
import { ClientError } from '../client-error.ts';
import type { Log } from '../client-log.ts';
import { writeAtomic } from '../workspace/atomic-file.ts';
import type { GroupPaths } from '../workspace/group-workspace.ts';
import type { PersonalState } from '../workspace/personal-store.ts';
import { readIfThere } from '../workspace/read-if-there.ts';
import { readReceipts } from './receipt-store.ts';

export interface Using {
  readonly paths: GroupPaths;
  readonly log: Log;
  /** It goes on here all the same. */
  readonly useHere: boolean;
}

interface Claimed {
  readonly participant: string;
  readonly group: TaskGroup;
  readonly contributedTo: number | null;
}

/** Throws ClientError 'used-elsewhere'; a workspace that has learnt nothing yet, with a key that was used before, is only told. */
export async function assertOnlyHere(
  { participant, group, contributedTo }: Claimed,
  personal: PersonalState | null,
  { paths, log, useHere }: Using,
): Promise<void> {
  if (contributedTo === null || contributedTo <= (await latestKnown(paths, personal))) return;
  const there = `${participant} contributed to round ${contributedTo} of ${group.name} from another workspace: a copy of this one, or its key, is in use elsewhere`;
  if (personal === null) return log('warn', `${there}; two that are used at once are one member twice`);
  if (useHere) {
    await writeAtomic(paths.elsewhere, `${JSON.stringify({ contributedTo })}\n`);
    return log('warn', `${there}; goes on here: stop the other one`);
  }
  const masked =
    group.settings.privacy.secureAggregation === undefined
      ? ''
      : ' In a masked group the two would also mask different updates with the same keys, and who sees both learns their difference.';
  throw new ClientError(
    'used-elsewhere',
    `${there}. Go on with that one, whose personal part is further, or stop it and go on here with --use-here.${masked}`,
  );
}

async function latestKnown(paths: GroupPaths, personal: PersonalState | null): Promise<number> {
  const receipts = await readReceipts(paths.receipts);
  const rounds = receipts.map(({ statement }) => contributionForm.read(statement)?.round ?? 0);
  const bytes = await readIfThere(paths.elsewhere);
  const told = z.object({ contributedTo: z.int() }).safeParse(parseJson(bytes?.toString() ?? ''));
  const others = [personal?.mark.trained?.round ?? 0, told.data?.contributedTo ?? 0];
  return rounds.reduce((latest, round) => Math.max(latest, round), Math.max(...others));
}
