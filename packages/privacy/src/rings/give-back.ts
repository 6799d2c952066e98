// Memory that node:crypto hands out, given back at once. It takes new memory for each piece of a key stream; left to the collector, some
// tens of megabytes of it make V8 walk its whole heap, again and again, which costs more than the cipher itself.
import { MessageChannel } from 'node:worker_threads';

/** A port that is closed still takes over what is sent through it (HTML, "message port post message steps"), and drops it. */
const { port1: closed } = new MessageChannel();
closed.close();

/** `bytes` have a buffer of their own, and are empty afterwards. */
export function giveBack(bytes: Uint8Array): void {
  closed.postMessage(null, [bytes.buffer as ArrayBuffer]);
}
