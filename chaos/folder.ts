// The run's folder. Everybody may pass through it, since Postgres may run as another user.
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'colora-chaos-'));
  await chmod(folder, 0o711);
  return folder;
}
