// How to get a device that doesn't work here, in one line. What works is found out by survey-device.ts.
import type { SurveyTarget } from '@colora/training/devices/survey-device';

/** Null where nothing can be done on this platform. */
export function deviceAdvice(
  { engine, device }: SurveyTarget,
  platform: string,
  arch: string,
): string | null {
  if (engine === 'onnx') return onnxAdvice(device, platform, arch);
  if (device === 'wasm' || device === 'cpu') return null;
  if (platform !== 'linux' || arch !== 'x64') return 'tfjs-node has no current library for this platform';
  const flag = device === 'tfjs-node-gpu' ? ' --cuda (tfjs-node then runs on the card)' : '';
  return `scripts/install-tfjs-node.sh${flag}`;
}

function onnxAdvice(device: SurveyTarget['device'], platform: string, arch: string): string | null {
  switch (device) {
    case 'webgpu':
      return platform === 'linux'
        ? 'needs a Vulkan driver: that of the card, or apt install mesa-vulkan-drivers'
        : 'needs the graphics card’s current driver';
    case 'cuda':
      return platform === 'linux' && arch === 'x64'
        ? 'with an NVIDIA card and its driver 580 or newer: scripts/install-onnx-cuda.sh --libraries, and LD_LIBRARY_PATH as it says'
        : 'onnxruntime has it for Linux on x64 only; on Windows use directml or webgpu';
    case 'directml':
      return platform === 'win32' ? 'needs a DirectX 12 card and driver' : 'only on Windows';
    case 'coreml':
      return platform === 'darwin' ? 'needs macOS 10.15 or later' : 'only on macOS';
    default:
      return null;
  }
}
