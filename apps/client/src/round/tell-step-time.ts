// Tells the group how long a step takes this member, in whole seconds, so that those who run it can see whether its deadline
// allows for her. Told when it is known and when it has changed by much; a kept copy of what was told spares the call.
import { ApiProblem } from '@colora/protocol/api-client';
import { stepTimeSchema } from '@colora/protocol/deadlines/step-times';
import { z } from 'zod';
import { retry } from '../line/backoff.ts';
import type { Session } from '../session/open-session.ts';
import { writeAtomic } from '../workspace/atomic-file.ts';
import { readIfThere } from '../workspace/read-if-there.ts';
import { roundWork } from './train-round.ts';

const markSchema = stepTimeSchema.extend({ groupCreatedAt: z.string() });

/** By this share of what was told. */
const muchOf = 0.25;

export async function tellStepTime({ options, api, group, paths, log, work }: Session): Promise<void> {
  const seconds = work.times(roundWork).settled();
  if (options.figures === false || seconds === null) return;
  const { data: body } = stepTimeSchema.safeParse({ stepSeconds: Math.ceil(seconds) });
  if (body === undefined) return; // days a step
  const told = await readTold(paths.stepTime, group.createdAt);
  if (told !== null && Math.abs(body.stepSeconds - told) <= muchOf * told) return;
  const { signal, backoff } = options;
  const call = () => api.call('putStepTime', { params: { group: group.name }, body, signal });
  try {
    await retry(call, { signal, log, doing: 'telling how long a step takes', backoff });
    log(
      'info',
      `told the group that a step takes ${body.stepSeconds} s here (--no-figures tells nothing)`,
      body,
    );
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    log('info', `the coordinator does not take how long a step takes here: ${error.message}`);
  }
  await writeAtomic(paths.stepTime, JSON.stringify({ ...body, groupCreatedAt: group.createdAt }));
}

/** Null where nothing was told, or to another group of that name. */
async function readTold(path: string, groupCreatedAt: string): Promise<number | null> {
  const bytes = await readIfThere(path);
  if (bytes === null) return null;
  try {
    const mark = markSchema.parse(JSON.parse(bytes.toString()));
    return mark.groupCreatedAt === groupCreatedAt ? mark.stepSeconds : null;
  } catch {
    return null; // a damaged one: it is told again
  }
}
