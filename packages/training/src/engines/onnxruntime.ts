// The one place that loads onnxruntime's Node binding, its telemetry switched off before. Types may be imported anywhere.
import '@colora/tfjs-onnx/no-telemetry';
import * as onnxruntime from 'onnxruntime-node';

export { onnxruntime };
