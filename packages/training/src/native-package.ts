// Packages with binaries come whole, for every system, from the registry; where CoLoRA is installed as a package, one of its own
// holds this system's binaries alone (scripts/pack), and is taken first.

/** What `require` is to load for `name`. `require`: of the module that asks. */
export function nativePackage(require: NodeJS.Require, name: 'onnxruntime-node' | 'tokenizers'): string {
  const { platform, arch } = process;
  const own = `@colora/native-${platform}-${arch}/${name}`;
  try {
    require.resolve(own);
    return own;
  } catch {
    return name;
  }
}
