// Questions of many callers asked as one: those that come while others are under way wait, and go together. Each is asked
// after it came, so its answer is as fresh as if it had been asked alone. What is asked is not known here.

interface BatchingOptions<Question> {
  /** Askings under way at a time; 2 unless told: one is prepared while another is answered. */
  readonly atOnce?: number;
  /** The most in one asking, in what `weigh` says of each; 64 of weight 1 unless told. A single one may be heavier. */
  readonly most?: number;
  readonly weigh?: (question: Question) => number;
  /** Questions for which it differs are never asked together, and don't wait for each other. */
  readonly apart?: (question: Question) => string;
}

interface Waiting<Question, Answer> {
  readonly question: Question;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

interface Line<Question, Answer> {
  readonly waiting: Waiting<Question, Answer>[];
  underWay: number;
}

/**
 * `ask` answers all of its questions, in their order. Where it throws, all who asked with it are told the same.
 */
export function batched<Question, Answer>(
  ask: (questions: readonly Question[]) => Promise<readonly Answer[]>,
  { atOnce = 2, most = 64, weigh = () => 1, apart = () => '' }: BatchingOptions<Question> = {},
): (question: Question) => Promise<Answer> {
  const lines = new Map<string, Line<Question, Answer>>(); // those with somebody in them

  function next({ waiting }: Line<Question, Answer>): Waiting<Question, Answer>[] {
    let count = 0;
    let weight = 0;
    while (count < waiting.length) {
      weight += weigh(waiting[count]!.question);
      if (count > 0 && weight > most) break;
      count += 1;
    }
    return waiting.splice(0, count);
  }
  async function run(name: string, line: Line<Question, Answer>): Promise<void> {
    for (let group = next(line); group.length > 0; group = next(line)) {
      try {
        const answers = await ask(group.map(({ question }) => question));
        for (const [i, { resolve }] of group.entries()) resolve(answers[i]!);
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    line.underWay -= 1;
    if (line.underWay === 0) lines.delete(name);
  }
  return (question) =>
    new Promise((resolve, reject) => {
      const name = apart(question);
      const line = lines.get(name) ?? { waiting: [], underWay: 0 };
      lines.set(name, line);
      line.waiting.push({ question, resolve, reject });
      if (line.underWay === atOnce) return;
      line.underWay += 1;
      setImmediate(run, name, line); // with whoever asks in the same turn of the event loop
    });
}
