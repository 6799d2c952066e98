// Events in the order of their times: a binary heap. Equal times keep the order in which they were added.

export interface EventQueue<Event> {
  add(at: number, event: Event): void;
  /** The earliest, or null when there is none. */
  next(): { readonly at: number; readonly event: Event } | null;
  readonly size: number;
}

interface Entry<Event> {
  readonly at: number;
  readonly order: number;
  readonly event: Event;
}

export function createEventQueue<Event>(): EventQueue<Event> {
  const heap: Entry<Event>[] = [];
  let added = 0;
  const before = (a: number, b: number) => {
    const [x, y] = [heap[a]!, heap[b]!];
    return x.at < y.at || (x.at === y.at && x.order < y.order);
  };
  const swap = (a: number, b: number) => {
    [heap[a], heap[b]] = [heap[b]!, heap[a]!];
  };
  return {
    get size() {
      return heap.length;
    },
    add(at, event) {
      if (!Number.isFinite(at)) throw new RangeError(`an event needs a finite time, not ${at}`);
      heap.push({ at, order: added, event });
      added += 1;
      for (let child = heap.length - 1; child > 0; ) {
        const parent = (child - 1) >> 1;
        if (before(parent, child)) return;
        swap(parent, child);
        child = parent;
      }
    },
    next() {
      const first = heap[0];
      const last = heap.pop();
      if (first === undefined || last === undefined) return null;
      if (heap.length > 0) {
        heap[0] = last;
        for (let parent = 0; ; ) {
          let least = parent;
          for (const child of [2 * parent + 1, 2 * parent + 2]) {
            if (child < heap.length && before(child, least)) least = child;
          }
          if (least === parent) break;
          swap(parent, least);
          parent = least;
        }
      }
      return { at: first.at, event: first.event };
    },
  };
}
