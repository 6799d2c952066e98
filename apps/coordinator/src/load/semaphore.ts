// So many at a time, the others in the order they came. Knows nothing of what passes through it.

interface Semaphore {
  /** Resolves with the way out, to be called once, when there is room. */
  enter(): Promise<() => void>;
  /** The same, or null when there was no room within so many milliseconds. */
  enterWithin(milliseconds: number): Promise<(() => void) | null>;
  /** How many wait. */
  readonly waiting: number;
}

export function createSemaphore(places: number): Semaphore {
  const queue: (() => void)[] = [];
  let free = places;
  const leave = () => {
    const next = queue.shift();
    if (next === undefined) free += 1;
    else next();
  };
  const wayOut = () => {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      leave();
    };
  };
  return {
    async enter() {
      if (free > 0) free -= 1;
      else await new Promise<void>((admitted) => queue.push(admitted));
      return wayOut();
    },
    async enterWithin(milliseconds) {
      if (free > 0) free -= 1;
      else if (!(await admittedWithin(queue, milliseconds))) return null;
      return wayOut();
    },
    get waiting() {
      return queue.length;
    },
  };
}

function admittedWithin(queue: (() => void)[], milliseconds: number): Promise<boolean> {
  return new Promise((done) => {
    const admitted = () => {
      clearTimeout(timer);
      done(true);
    };
    const timer = setTimeout(() => {
      queue.splice(queue.indexOf(admitted), 1);
      done(false);
    }, milliseconds);
    queue.push(admitted);
  });
}
