// The devices that can be asked for, by the names people use. What each is to onnxruntime is onnx-devices.ts.
export const deviceNames = ['auto', 'cpu', 'webgpu', 'cuda', 'directml', 'coreml'] as const;
export type DeviceName = (typeof deviceNames)[number];
/** One that can really be run on. */
export type OnnxDevice = Exclude<DeviceName, 'auto'>;
