// How to get a device that doesn't work here, in one line. What works is found out by survey-device.ts.
import type { Survey, SurveyTarget } from '@colora/training/devices/survey-device';

/** Null where nothing can be done on this platform, or the problem says it already. */
export function deviceAdvice(
  { engine, device }: SurveyTarget,
  binary: Survey['binary'],
  platform: string,
  arch: string,
): string | null {
  if (binary === 'not-loaded') return null;
  if (engine === 'onnx') return binary === 'lacks' ? whereItIs(device) : whatItNeeds(device, platform);
  if (device === 'wasm' || device === 'cpu') return null;
  if (platform !== 'linux' || arch !== 'x64') return 'tfjs-node has no current library for this platform';
  const flag = device === 'tfjs-node-gpu' ? ' --cuda (tfjs-node then runs on the card)' : '';
  return `scripts/install-tfjs-node.sh${flag}`;
}

/** The platforms whose binary of onnxruntime has the device. */
function whereItIs(device: SurveyTarget['device']): string | null {
  switch (device) {
    case 'webgpu':
      return 'onnxruntime has it for Windows, macOS on arm64 and Linux on x64';
    case 'cuda':
      return 'onnxruntime has it for Linux on x64 only; elsewhere use webgpu, on Windows directml too';
    case 'directml':
      return 'only on Windows';
    case 'coreml':
      return 'only on macOS on arm64';
    default:
      return null;
  }
}

function whatItNeeds(device: SurveyTarget['device'], platform: string): string | null {
  switch (device) {
    case 'webgpu':
      return platform === 'linux'
        ? 'needs a Vulkan driver: that of the card, or apt install mesa-vulkan-drivers'
        : 'needs the graphics card’s current driver';
    case 'cuda':
      return 'with an NVIDIA card and its driver 580 or newer: scripts/install-onnx-cuda.sh --libraries, and LD_LIBRARY_PATH as it says';
    case 'directml':
      return 'needs a DirectX 12 card and driver';
    case 'coreml':
      return 'needs macOS 10.15 or later';
    default:
      return null;
  }
}
