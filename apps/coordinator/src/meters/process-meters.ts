// How the process fares, under the names that Prometheus' own clients use: processor, memory, and how late the event loop is.
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, type Registry } from 'prom-client';

const resolutionMs = 20;

/** Returns what ends it. Delays are of the time since they were last read. */
export function meterProcess(registry: Registry): () => void {
  const registers = [registry];
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  delays.enable();
  gauge('process_start_time_seconds', 'When this process started, in seconds since 1970', () =>
    Math.round(Date.now() / 1000 - process.uptime()),
  );
  gauge('process_resident_memory_bytes', 'Memory of this process', () => process.memoryUsage.rss());
  gauge('nodejs_heap_size_used_bytes', 'Of it, what JavaScript uses', () => process.memoryUsage().heapUsed);
  new Counter({
    ...{ name: 'process_cpu_seconds_total', help: 'Seconds of processors used', registers },
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  new Gauge({
    ...{ name: 'colora_event_loop_delay_seconds', help: 'How late the event loop was since last read' },
    ...{ labelNames: ['of'], registers },
    collect() {
      this.set({ of: 'median' }, secondsOf(delays.percentile(50)));
      this.set({ of: 'p99' }, secondsOf(delays.percentile(99)));
      this.set({ of: 'most' }, secondsOf(delays.max));
      delays.reset();
    },
  });
  return () => void (delays as IntervalHistogram & { disable(): boolean }).disable();

  function gauge(name: string, help: string, read: () => number) {
    new Gauge({
      ...{ name, help, registers },
      collect() {
        this.set(read());
      },
    });
  }
}

/** Of nanoseconds between two ticks; what the timer itself takes is no delay. */
const secondsOf = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - resolutionMs / 1000);
