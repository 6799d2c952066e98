// How many bodies are read at once: the others wait unread, so that their bytes stay in the kernel's buffers and memory
// is bounded whatever the number of senders. One at a time for each participant. What is uploaded is not known here.
import { ProblemError } from '@colora/protocol/problems';
import { createSemaphore } from './semaphore.ts';

export interface UploadLimits {
  /**
   * Resolves with the way out when there is room. Throws upload-in-progress while another of the same owner is under way
   * or waits, and unavailable once draining.
   */
  enter(owner: string): Promise<() => void>;
  /** Lets nobody in any more; resolves when all are out, or after so many milliseconds. */
  drain(limitMs: number): Promise<void>;
  readonly draining: boolean;
}

export function createUploadLimits(atOnce: number): UploadLimits {
  const semaphore = createSemaphore(atOnce);
  const owners = new Set<string>();
  let draining = false;
  let onEmpty: () => void = () => undefined;
  const refuseDraining = () => {
    if (draining) throw new ProblemError('unavailable', 'the coordinator is shutting down: try again soon');
  };
  return {
    async enter(owner) {
      refuseDraining();
      if (owners.has(owner)) {
        throw new ProblemError(
          'upload-in-progress',
          'another contribution of yours is being received: wait until it is through',
        );
      }
      owners.add(owner);
      const out = () => {
        owners.delete(owner);
        if (owners.size === 0) onEmpty();
      };
      const leave = await semaphore.enter();
      try {
        refuseDraining(); // it waited meanwhile
      } catch (error) {
        leave();
        out();
        throw error;
      }
      return () => {
        leave();
        out();
      };
    },
    async drain(limitMs) {
      draining = true;
      if (owners.size === 0) return;
      await new Promise<void>((done) => {
        const timer = setTimeout(done, limitMs);
        onEmpty = () => {
          clearTimeout(timer);
          done();
        };
      });
    },
    get draining() {
      return draining;
    },
  };
}
