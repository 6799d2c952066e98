// The systems that onnxruntime and the tokenizers have binaries for, and the package of each.

export interface NativeSystem {
  readonly platform: 'linux' | 'darwin' | 'win32';
  readonly arch: 'x64' | 'arm64';
  /** How the binaries of `tokenizers` are called there. */
  readonly tokenizers: readonly string[];
}

export const nativeSystems: readonly NativeSystem[] = [
  { platform: 'linux', arch: 'x64', tokenizers: ['linux-x64-gnu', 'linux-x64-musl'] },
  { platform: 'linux', arch: 'arm64', tokenizers: ['linux-arm64-gnu', 'linux-arm64-musl'] },
  { platform: 'darwin', arch: 'x64', tokenizers: ['darwin-x64'] },
  { platform: 'darwin', arch: 'arm64', tokenizers: ['darwin-arm64'] },
  { platform: 'win32', arch: 'x64', tokenizers: ['win32-x64-msvc'] },
  { platform: 'win32', arch: 'arm64', tokenizers: ['win32-arm64-msvc'] },
];

export const nativeName = ({ platform, arch }: NativeSystem) => `@colora/native-${platform}-${arch}`;
export const nativePackages: readonly string[] = nativeSystems.map(nativeName);
