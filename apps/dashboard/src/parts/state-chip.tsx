// A state as a word with a mark: the mark differs in form too, so that nobody has to tell colours apart.
const marks: Readonly<Record<string, { readonly tone: string; readonly mark: string }>> = {
  running: { tone: 'good', mark: '▶' },
  collecting: { tone: 'good', mark: '▶' },
  aggregating: { tone: 'good', mark: '◆' },
  committed: { tone: 'calm', mark: '✓' },
  completed: { tone: 'calm', mark: '✓' },
  ready: { tone: 'calm', mark: '○' },
  draft: { tone: 'calm', mark: '○' },
  paused: { tone: 'warn', mark: '❚❚' },
  failed: { tone: 'bad', mark: '✕' },
  online: { tone: 'good', mark: '●' },
  offline: { tone: 'calm', mark: '○' },
  revoked: { tone: 'bad', mark: '✕' },
  expired: { tone: 'bad', mark: '✕' },
  active: { tone: 'good', mark: '●' },
  used: { tone: 'calm', mark: '✓' },
};

/** States of groups, rounds, members, keys and invitations. */
export function StateChip({ state }: { readonly state: string }) {
  const { tone, mark } = marks[state] ?? { tone: 'calm', mark: '○' };
  return (
    <span class={`chip ${tone}`}>
      <span aria-hidden="true">{mark}</span> {state}
    </span>
  );
}
