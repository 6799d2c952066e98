// Senders that were answered before their body's end: what still comes is dropped, and not for long.
import type { IncomingMessage } from 'node:http';

/** How long a sender that was answered before its body's end may go on; what it sends is dropped. */
const lingerMs = 5_000;

/** Closing at once would take the answer from a sender that is still writing. */
export function letGo(request: IncomingMessage): void {
  if (request.complete) return;
  request.removeAllListeners('readable').resume();
  const timer = setTimeout(() => {
    if (!request.complete) request.socket.destroy(); // else it may carry the sender's next request by now
  }, lingerMs).unref();
  request.once('close', () => clearTimeout(timer));
  request.once('end', () => clearTimeout(timer));
}
