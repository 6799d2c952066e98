// The embedded database's files as their owner's alone. PGlite gives each file that it makes the mode that it holds for right by
// itself, 0666 for most, whatever the process's umask: here others' part of it is left out before it reaches the disk.
import { makeFolder } from '@colora/protocol/failures/make-folder';
import { NodeFS } from '@electric-sql/pglite/nodefs';

const forOthers = 0o077;

/** What of Emscripten's file system every change of a mode goes through. */
interface ModeSetter {
  doChmod(stream: unknown, node: unknown, mode: number, dontFollow?: boolean): void;
  mknod(path: string, mode: number, device?: number): unknown;
}

export class PrivateNodeFS extends NodeFS {
  constructor(folder: string) {
    makeFolder(folder, 0o700);
    super(folder);
  }

  override async init(...given: Parameters<NodeFS['init']>): ReturnType<NodeFS['init']> {
    const { emscriptenOpts } = await super.init(...given);
    const preRun = emscriptenOpts.preRun ?? [];
    return { emscriptenOpts: { ...emscriptenOpts, preRun: [keepPrivate, ...preRun] } };
  }
}

type PreRun = NonNullable<Awaited<ReturnType<NodeFS['init']>>['emscriptenOpts']['preRun']>[number];

const keepPrivate: PreRun = (module) => {
  const files = module.FS as unknown as ModeSetter;
  const [chmod, make] = [files.doChmod.bind(files), files.mknod.bind(files)];
  files.doChmod = (stream, node, mode, dontFollow) => chmod(stream, node, mode & ~forOthers, dontFollow);
  files.mknod = (path, mode, device) => make(path, mode & ~forOthers, device);
};
