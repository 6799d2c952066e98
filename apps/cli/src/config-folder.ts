// Where the command keeps what it remembers for its user. The environment is read by config.ts.
import { posix, win32 } from 'node:path';

interface Surroundings {
  readonly platform: NodeJS.Platform;
  /** A variable that names a folder, expanded. */
  readonly folderIn: (variable: string) => string | undefined;
  /** Null where the user has none. */
  readonly home: () => string | null;
}

/**
 * Where the command lines of that system keep theirs: $XDG_CONFIG_HOME/colora (a relative one counts for nothing, as the XDG Base
 * Directory Specification says), %APPDATA%\colora on Windows, ~/.config/colora on Linux and macOS. Null without any.
 */
export function configFolderOf({ platform, folderIn, home }: Surroundings): string | null {
  const { isAbsolute, join } = platform === 'win32' ? win32 : posix;
  const xdg = folderIn('XDG_CONFIG_HOME');
  if (xdg !== undefined && isAbsolute(xdg)) return join(xdg, 'colora');
  const roaming = platform === 'win32' ? folderIn('APPDATA') : undefined;
  if (roaming !== undefined) return join(roaming, 'colora');
  const at = home();
  return at === null ? null : join(at, '.config', 'colora');
}
