// Sends what tells this member's cluster, once for the labels of its examples, before its first round. The mark beside the
// personal part says for which labels that was done: killed before it is there, the same bytes are sent again.
import { clustersOf } from '@colora/protocol/clusters/cluster-settings';
import { sha256Hex } from '@colora/protocol/sha256';
import { encode } from '@colora/tensors/safetensors/safetensors';
import { z } from 'zod';
import { retry } from '../line/backoff.ts';
import type { Session } from '../session/open-session.ts';
import { writeAtomic } from '../workspace/atomic-file.ts';
import { readIfThere } from '../workspace/read-if-there.ts';

const markSchema = z.object({ groupCreatedAt: z.string(), labels: z.array(z.string()) });

/** True where it was sent now: the coordinator may have something to do for this member then. */
export async function sendProbe(session: Session): Promise<boolean> {
  const { group, learner, paths, options, log } = session;
  if (session.isProbed || clustersOf(group.settings) === 'off') return false;
  const mark = JSON.stringify({ groupCreatedAt: group.createdAt, labels: learner.summary.labels });
  session.isProbed = (await readMark(paths.probe)) === mark;
  if (session.isProbed) return false;
  const { signal, backoff } = options;
  const probing = session.work.during(
    { what: 'finding what tells its cluster' },
    () => learner.probe(),
    signal,
  );
  const bytes = encode(await probing);
  const params = { group: group.name };
  const put = () => session.api.call('putProbe', { params, bytes, sha256: sha256Hex(bytes), signal });
  const { cluster } = await retry(put, { signal, log, doing: 'sending its probe', backoff });
  await writeAtomic(paths.probe, mark);
  session.isProbed = true;
  log('info', `sent what tells its cluster${cluster === null ? '' : `: it is ${cluster}`}`, { cluster });
  return true;
}

/** Null where there is none, or a damaged one: it is sent again then. */
async function readMark(path: string): Promise<string | null> {
  const bytes = await readIfThere(path);
  if (bytes === null) return null;
  try {
    return JSON.stringify(markSchema.parse(JSON.parse(bytes.toString())));
  } catch {
    return null;
  }
}
