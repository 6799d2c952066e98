// Tokens to text while they come: no half characters, no token's text twice, and nothing of a stop text.
// Not here: which tokens come (generator.ts).

export interface TextStream {
  /** The text that this token settles; '' while a character is not whole. */
  push(id: number): Promise<string>;
  /** What is left when no more tokens come. */
  end(): Promise<string>;
}

/** A tokeniser's text of a token can depend on the ones before: so many are decoded along. */
const contextTokens = 6;

/** `before`: the tokens that the text goes on from. */
export function textStream(
  decode: (ids: readonly number[]) => Promise<string>,
  before: readonly number[],
): TextStream {
  const ids = before.slice(-contextTokens);
  let context = 0; // first token decoded
  let settled = ids.length; // first token whose text is not out yet
  const rest = async () => {
    const known = await decode(ids.slice(context, settled));
    const all = await decode(ids.slice(context));
    return all.startsWith(known) ? all.slice(known.length) : all.slice(Math.min(known.length, all.length));
  };
  return {
    async push(id) {
      ids.push(id);
      const text = await rest();
      if (text === '' || text.endsWith('\ufffd')) return ''; // bytes of a character are still to come
      context = settled;
      settled = ids.length;
      return text;
    },
    end: rest,
  };
}

interface StopFilter {
  /** The text that can be shown: what might be the beginning of a stop text is held back. */
  push(text: string): string;
  /** What was held back, when no more text comes. */
  end(): string;
  readonly stopped: boolean;
}

/** Passes text on up to the first of `stops`, which may come in pieces. */
export function stopFilter(stops: readonly string[]): StopFilter {
  let held = '';
  let stopped = false;
  return {
    get stopped() {
      return stopped;
    },
    push(text) {
      if (stopped) return '';
      held += text;
      const found = stops.map((stop) => held.indexOf(stop)).filter((at) => at >= 0);
      if (found.length > 0) {
        stopped = true;
        const shown = held.slice(0, Math.min(...found));
        held = '';
        return shown;
      }
      const shown = held.slice(0, held.length - longestBeginning(held, stops));
      held = held.slice(shown.length);
      return shown;
    },
    end() {
      const shown = held;
      held = '';
      return shown;
    },
  };
}

/** The length of the longest end of `text` that a stop text begins with. */
function longestBeginning(text: string, stops: readonly string[]): number {
  const lengths = stops.map((stop) => {
    for (let length = Math.min(stop.length - 1, text.length); length > 0; length -= 1) {
      if (text.endsWith(stop.slice(0, length))) return length;
    }
    return 0;
  });
  return Math.max(0, ...lengths);
}
