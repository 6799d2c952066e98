// The one place that loads onnxruntime's Node binding, its telemetry switched off before, and only when it is asked for: not
// every platform has a binary, and one that is there may be broken or want another system. What then runs instead is
// choose-engine.ts. Types may be imported anywhere.
import '@colora/tfjs-onnx/no-telemetry';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { nativePackage } from '../native-package.ts';
import { TrainingError } from '../training-error.ts';
import { cutBinary } from './whole-binaries.ts';

export type Onnxruntime = typeof import('onnxruntime-node');

const require = createRequire(import.meta.url);
let loaded: Onnxruntime | undefined;

/** Throws TrainingError `no-engine` where it doesn't load: why, and what helps. */
export function loadOnnxruntime(): Onnxruntime {
  try {
    loaded ??= load();
    return loaded;
  } catch (error) {
    throw new TrainingError('no-engine', describeLoadFailure(error as Error, thisPlatform()), {
      cause: error,
    });
  }
}

function load(): Onnxruntime {
  const { platform, arch } = process;
  const name = nativePackage(require, 'onnxruntime-node');
  const folder = join(dirname(require.resolve(name)), '..', 'bin', 'napi-v6', platform, arch);
  const cut = cutBinary(folder);
  if (cut !== null) throw new Error(`${cut} is cut off`);
  return require(name);
}

/** Why it doesn't load here and what helps, in one line; null where it does. */
export function onnxruntimeProblem(): string | null {
  try {
    loadOnnxruntime();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

interface Platform {
  readonly platform: string;
  readonly arch: string;
  /** A Linux without glibc: Alpine and others with musl. */
  readonly lacksGlibc: boolean;
}

function thisPlatform(): Platform {
  const { platform, arch } = process;
  return { platform, arch, lacksGlibc: platform === 'linux' && glibcVersion() === undefined };
}

function glibcVersion(): string | undefined {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime;
}

/** Those with a binary in the package. */
const builds = ['linux x64', 'linux arm64', 'darwin arm64', 'win32 x64', 'win32 arm64'];

/** What `require` said where it failed, as one line with what helps on the platform. */
export function describeLoadFailure(
  error: Error & { code?: unknown },
  { platform, arch, lacksGlibc }: Platform,
): string {
  const here = `${platform} ${arch}`;
  const [said = ''] = error.message.split('\n'); // the next lines are a stack of modules
  if (!builds.includes(here)) {
    const rosetta =
      here === 'darwin x64' ? '; a Mac with Apple silicon has one: use a Node.js for arm64' : '';
    return `onnxruntime has no binary for ${here}, only for ${builds.join(', ')}${rosetta}`;
  }
  if (error.code === 'MODULE_NOT_FOUND') return `onnxruntime is not installed whole (${said}): run npm ci`;
  if (lacksGlibc)
    return `onnxruntime's binary for Linux needs glibc (${said}): use a Node.js on Debian, Ubuntu or the like, not on Alpine`;
  const runtime = platform === 'win32' ? "install Microsoft's Visual C++ Redistributable, or " : '';
  return `onnxruntime's binary for ${here} does not load (${said}): ${runtime}run npm ci to install it anew`;
}
