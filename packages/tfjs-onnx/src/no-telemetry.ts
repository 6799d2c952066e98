// onnxruntime runs what this package emits, and since 1.30 it reports to its makers on Linux and macOS: an id and a
// database of events under the user's cache folder, and connections to their host. Whoever loads it imports this first.
import { isMainThread } from 'node:worker_threads';

const variable = 'ORT_DISABLE_TELEMETRY';

/**
 * The library reads the process's environment when it is loaded, and only the main thread can write that (a worker's
 * `process.env` is a copy, made when it starts): whoever starts a worker in which it is loaded calls this before.
 */
export function switchOffTelemetry(): void {
  if (isMainThread) process.env[variable] = '1';
  else if (process.env[variable] !== '1')
    throw new Error(
      `onnxruntime would send telemetry from this worker thread: set ${variable}=1, or call switchOffTelemetry on the main thread before the worker is started`,
    );
}

switchOffTelemetry();
