// So many at a time, the others in the order they came. Knows nothing of what passes through it.

export interface Gate {
  /** Resolves with the way out, to be called once, when there is room. */
  enter(): Promise<() => void>;
  /** How many wait. */
  readonly waiting: number;
}

export function createGate(places: number): Gate {
  const queue: (() => void)[] = [];
  let free = places;
  const leave = () => {
    const next = queue.shift();
    if (next === undefined) free += 1;
    else next();
  };
  return {
    async enter() {
      if (free > 0) free -= 1;
      else await new Promise<void>((admitted) => queue.push(admitted));
      let left = false;
      return () => {
        if (left) return;
        left = true;
        leave();
      };
    },
    get waiting() {
      return queue.length;
    },
  };
}
