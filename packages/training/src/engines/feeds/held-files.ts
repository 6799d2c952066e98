// Weight files that are kept open: as what a session has mapped does, what is read of one outlives its name, so a folder that is
// removed or a file that is put in its place changes no step that is compiled already.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

export interface HeldFile {
  /** How many bytes were there to read. Throws what node:fs throws, and an error once the file was let go. */
  read(into: Uint8Array, at: number, length: number, position: number): number;
  /** Once or more often. */
  letGo(): void;
}

export interface HeldFiles {
  /** What lies at the path now; a file that is held already is opened once for all. Throws what node:fs throws. */
  hold(path: string): HeldFile;
}

interface Opened {
  readonly descriptor: number;
  holders: number;
}

export function createHeldFiles(): HeldFiles {
  const opened = new Map<string, Opened>(); // by what the file is, as another may have its path by now
  const open = (path: string): readonly [string, Opened] => {
    const descriptor = openSync(path, 'r');
    const { dev, ino } = fstatSync(descriptor, { bigint: true });
    const key = `${dev} ${ino}`;
    const known = opened.get(key);
    if (known !== undefined) closeSync(descriptor);
    return [key, known ?? { descriptor, holders: 0 }];
  };
  return {
    hold(path) {
      const [key, file] = open(path);
      opened.set(key, file);
      file.holders += 1;
      let isHeld = true;
      return {
        read(into, at, length, position) {
          if (!isHeld) throw new Error(`${path} was closed`); // its number may be another file's by now
          return readSync(file.descriptor, into, at, length, position);
        },
        letGo() {
          if (!isHeld) return;
          isHeld = false;
          file.holders -= 1;
          if (file.holders > 0) return;
          opened.delete(key);
          closeSync(file.descriptor);
        },
      };
    },
  };
}
