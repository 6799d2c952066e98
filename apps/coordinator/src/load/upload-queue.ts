// Who may begin to send: so many in all, and so many from one address. Of those that wait, whose address has the fewest under way
// comes first, and of one address who came first. Knows nothing of what is sent.

export interface FairQueue {
  /** Resolves when there is room; to be left once. */
  enter(address: string): Promise<void>;
  leave(address: string): void;
  /** How many wait. */
  readonly waiting: number;
  /** Whether somebody would come in if one from this address left. */
  isHeldUpBy(address: string): boolean;
}

export function createFairQueue(most: number, mostOfOne: number): FairQueue {
  const waiting = new Map<string, (() => void)[]>();
  const inside = new Map<string, number>();
  let total = 0;
  const countOf = (address: string) => inside.get(address) ?? 0;
  const admit = (address: string) => {
    inside.set(address, countOf(address) + 1);
    total += 1;
  };
  const hasRoom = (address: string) => total < most && countOf(address) < mostOfOne;
  const next = (): string | undefined => {
    let best: string | undefined;
    for (const address of waiting.keys()) {
      if (!hasRoom(address)) continue;
      if (best === undefined || countOf(address) < countOf(best)) best = address;
      if (countOf(best) === 0) break;
    }
    return best;
  };
  return {
    async enter(address) {
      if (hasRoom(address) && !waiting.has(address)) {
        admit(address);
        return;
      }
      await new Promise<void>((admitted) => {
        const queue = waiting.get(address);
        if (queue === undefined) waiting.set(address, [admitted]);
        else queue.push(admitted);
      });
    },
    leave(address) {
      const left = countOf(address) - 1;
      if (left === 0) inside.delete(address);
      else inside.set(address, left);
      total -= 1;
      const chosen = next();
      if (chosen === undefined) return;
      const queue = waiting.get(chosen)!;
      const admitted = queue.shift()!;
      if (queue.length === 0) waiting.delete(chosen);
      admit(chosen);
      admitted();
    },
    get waiting() {
      let sum = 0;
      for (const queue of waiting.values()) sum += queue.length;
      return sum;
    },
    isHeldUpBy: (address) => waiting.size > 0 && (total >= most || waiting.has(address)),
  };
}
