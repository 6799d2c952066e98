// What each device is to onnxruntime, and which of them this build of it has at all. Whether one works is found out
// by running on it (probe-device.ts).
import { existsSync, readdirSync } from 'node:fs';
import type { OnnxDevice } from './device-names.ts';
import { loadOnnxruntime } from './onnxruntime.ts';

/** onnxruntime's execution providers. */
const providers: Readonly<Record<OnnxDevice, string>> = {
  cpu: 'cpu',
  webgpu: 'webgpu',
  cuda: 'cuda',
  directml: 'dml',
  coreml: 'coreml',
};

export function providerOf(device: OnnxDevice): string {
  return providers[device];
}

/**
 * Devices that onnxruntime has for this platform, inside its package or to be put beside it. Throws TrainingError
 * `no-engine` where it doesn't load.
 */
export function builtInDevices(): OnnxDevice[] {
  const built = new Set(
    loadOnnxruntime()
      .listSupportedBackends()
      .map(({ name }) => name),
  );
  return (Object.keys(providers) as OnnxDevice[]).filter((device) => built.has(providers[device]));
}

/** Those that `auto` tries, the likeliest to be fast first: a Mac's card by WebGPU before CoreML, which takes parts of a graph. */
export function devicesWorthTrying(): OnnxDevice[] {
  const built = builtInDevices();
  const order: readonly OnnxDevice[] = ['cuda', 'directml', 'webgpu', 'coreml'];
  return order.filter((device) => built.includes(device) && mayBeThere(device));
}

/** Probing a driver that isn't there costs time and can't succeed; only Linux lets us look first. */
function mayBeThere(device: OnnxDevice): boolean {
  if (process.platform !== 'linux') return device !== 'cuda';
  if (existsSync('/dev/nvidia0')) return true;
  return device === 'webgpu' && hasRenderNode();
}

function hasRenderNode(): boolean {
  try {
    return readdirSync('/dev/dri').some((name) => name.startsWith('renderD'));
  } catch {
    return false;
  }
}
