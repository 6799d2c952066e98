// How many bodies are on their way at once, and how many of them are read: the others wait unread, so that their bytes stay in
// the kernel's buffers and memory is bounded whatever the number of senders. A body is read only while its bytes flow: who is
// waited for holds no place. Where no more may be on their way, the slowest go for those that wait. One at a time for each
// participant. What is uploaded is not known here.
import { ProblemError } from '@colora/protocol/problems';
import { createSemaphore } from './semaphore.ts';
import { createFairQueue } from './upload-queue.ts';
import { createSpeed, type Speed } from './upload-speed.ts';

export interface Sender {
  /** Who sends: one upload at a time. */
  readonly owner: string;
  /** Where from: half of all at most. */
  readonly address: string;
}

/** The right to read one body; what it holds is given back while its sender is waited for. */
export interface UploadPlace {
  /** Aborted when it has to go, by a ProblemError too-slow. */
  readonly signal: AbortSignal;
  /** Its sender is waited for: so many bytes came since the last time. */
  pause(bytes: number): void;
  /** Resolves when there is a place again; throws where it had to go meanwhile. */
  resume(): Promise<void>;
}

export interface Upload extends UploadPlace {
  /** To be called once, at its end. */
  leave(): void;
}

export interface UploadLimits {
  /**
   * Resolves when there is room. Throws upload-in-progress while another of the same owner is under way or waits, and
   * unavailable once draining.
   */
  enter(sender: Sender): Promise<Upload>;
  /** Lets nobody in any more; resolves when all are out, or after so many milliseconds. */
  drain(limitMs: number): Promise<void>;
  readonly draining: boolean;
  /** How many wait to begin, and how many that began wait to be read on. */
  readonly waiting: number;
  readonly unread: number;
}

/** So many are under way for each that is read; each holds a batch of chunks, 1 MB at most, and a piece. */
const underWayForEach = 4;
/** Bytes a second of its sender: who is faster is let be. */
const slowBytesPerSecond = 64 * 1024;
/** So long anybody may be waited for. */
const graceMs = 1_000;
const lookMs = 250;

export function createUploadLimits(atOnce: number): UploadLimits {
  const most = underWayForEach * atOnce;
  const reading = createSemaphore(atOnce);
  const queue = createFairQueue(most, Math.ceil(most / 2));
  const owners = new Set<string>();
  const underWay = new Set<UnderWay>();
  let draining = false;
  let onEmpty: () => void = () => undefined;
  let looking = false;
  const refuseDraining = () => {
    if (draining) throw new ProblemError('unavailable', 'the coordinator is shutting down: try again soon');
  };
  const look = () => {
    for (const upload of slowest(underWay, queue.isHeldUpBy).slice(0, queue.waiting)) upload.give();
    if (queue.waiting === 0) return;
    if (looking) return;
    looking = true;
    setTimeout(() => {
      looking = false;
      look();
    }, lookMs).unref();
  };
  const begin = async ({ owner, address }: Sender): Promise<Upload> => {
    const upload = createUnderWay(address, reading);
    underWay.add(upload);
    const leave = () => {
      upload.pause(0);
      underWay.delete(upload);
      queue.leave(address);
      owners.delete(owner);
      if (owners.size === 0) onEmpty();
    };
    try {
      await upload.resume();
      refuseDraining(); // it waited meanwhile
    } catch (error) {
      leave();
      throw error;
    }
    return { signal: upload.signal, pause: upload.pause, resume: upload.resume, leave };
  };
  return {
    async enter(sender) {
      refuseDraining();
      if (owners.has(sender.owner)) {
        throw new ProblemError(
          'upload-in-progress',
          'another contribution of yours is being received: wait until it is through',
        );
      }
      owners.add(sender.owner);
      const admitted = queue.enter(sender.address);
      look();
      await admitted;
      return begin(sender);
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
    get waiting() {
      return queue.waiting;
    },
    get unread() {
      return reading.waiting;
    },
  };
}

interface UnderWay extends UploadPlace {
  readonly address: string;
  readonly speed: Speed;
  /** Tells it to go. */
  give(): void;
}

function createUnderWay(address: string, reading: ReturnType<typeof createSemaphore>): UnderWay {
  const speed = createSpeed();
  const told = new AbortController();
  let release: (() => void) | undefined;
  return {
    address,
    speed,
    signal: told.signal,
    pause(bytes) {
      speed.wait(bytes);
      release?.();
      release = undefined;
    },
    async resume() {
      speed.go();
      told.signal.throwIfAborted();
      release = await reading.enter();
      told.signal.throwIfAborted(); // it waited meanwhile
    },
    give: () => told.abort(gaveWay()),
  };
}

/** Of those under way that may go: who is slow, the slowest first. */
function slowest(underWay: Iterable<UnderWay>, mayGo: (address: string) => boolean): UnderWay[] {
  return [...underWay]
    .filter(({ signal, speed, address }) => !signal.aborted && speed.waitedMs() >= graceMs && mayGo(address))
    .map((upload) => ({ upload, pace: upload.speed.bytesPerSecond() }))
    .filter(({ pace }) => pace < slowBytesPerSecond)
    .sort((one, other) => one.pace - other.pace)
    .map(({ upload }) => upload);
}

function gaveWay(): ProblemError {
  return new ProblemError(
    'too-slow',
    'it came slowly while others waited, and had to give way: send it again in a while, or over a better line',
  );
}
