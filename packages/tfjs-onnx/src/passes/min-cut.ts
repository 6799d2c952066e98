// The cheapest set of vertices that separates sources from sinks: maximum flow over split vertices, after
// Dinic (1970). Plain graph theory; what the vertices stand for is the caller's matter.

export interface Vertices {
  /** The price of cutting each vertex; Infinity where it must not be cut. */
  readonly prices: readonly number[];
  readonly edges: readonly (readonly [from: number, to: number])[];
  readonly sources: readonly number[];
  readonly sinks: readonly number[];
}

interface Arc {
  readonly to: number;
  capacity: number;
  readonly back: number;
}

/**
 * Indices of the vertices to cut, ascending: of all cheapest cuts the one nearest to the sinks. Sources and
 * sinks may be cut themselves. Throws RangeError where only vertices of infinite price separate them.
 */
export function minimumVertexCut({ prices, edges, sources, sinks }: Vertices): number[] {
  // Vertex v is an arc from 2v to 2v+1 that carries at most its price.
  const network = new Network(2 * prices.length + 2);
  const [source, sink] = [2 * prices.length, 2 * prices.length + 1];
  prices.forEach((price, v) => {
    network.add(2 * v, 2 * v + 1, price);
  });
  for (const [from, to] of edges) network.add(2 * from + 1, 2 * to, Infinity);
  for (const v of sources) network.add(source, 2 * v, Infinity);
  for (const v of sinks) network.add(2 * v + 1, sink, Infinity);
  network.saturate(source, sink);
  const reaching = network.reaching(sink);
  return prices.flatMap((_, v) => (!reaching[2 * v] && reaching[2 * v + 1] ? [v] : []));
}

class Network {
  readonly #arcs: Arc[][];

  constructor(size: number) {
    this.#arcs = Array.from({ length: size }, () => []);
  }

  add(from: number, to: number, capacity: number): void {
    const [forward, backward] = [this.#arcs[from]!, this.#arcs[to]!];
    forward.push({ to, capacity, back: backward.length });
    backward.push({ to: from, capacity: 0, back: forward.length - 1 });
  }

  saturate(source: number, sink: number): void {
    for (let levels = this.#levels(source); levels[sink] !== -1; levels = this.#levels(source)) {
      const next = this.#arcs.map(() => 0);
      while (this.#push(source, sink, Infinity, levels, next) > 0);
    }
  }

  /** Which vertices still have a way to the sink. */
  reaching(sink: number): boolean[] {
    const found = this.#arcs.map(() => false);
    const queue = [sink];
    found[sink] = true;
    for (const at of queue) {
      for (const { to, back } of this.#arcs[at]!) {
        if (found[to] || this.#arcs[to]![back]!.capacity <= 0) continue;
        found[to] = true;
        queue.push(to);
      }
    }
    return found;
  }

  #levels(source: number): number[] {
    const levels = this.#arcs.map(() => -1);
    const queue = [source];
    levels[source] = 0;
    for (const at of queue) {
      for (const { to, capacity } of this.#arcs[at]!) {
        if (capacity <= 0 || levels[to] !== -1) continue;
        levels[to] = levels[at]! + 1;
        queue.push(to);
      }
    }
    return levels;
  }

  #push(at: number, sink: number, limit: number, levels: readonly number[], next: number[]): number {
    if (at === sink) {
      if (limit === Infinity)
        throw new RangeError('no cut of finite price separates the sources from the sinks');
      return limit;
    }
    for (; next[at]! < this.#arcs[at]!.length; next[at]! += 1) {
      const arc = this.#arcs[at]![next[at]!]!;
      if (arc.capacity <= 0 || levels[arc.to] !== levels[at]! + 1) continue;
      const pushed = this.#push(arc.to, sink, Math.min(limit, arc.capacity), levels, next);
      if (pushed === 0) continue;
      arc.capacity -= pushed;
      this.#arcs[arc.to]![arc.back]!.capacity += pushed;
      return pushed;
    }
    return 0;
  }
}
