// What stands where nothing is yet: why, and what to do next, as a command to copy where it is one.
import type { ComponentChildren } from 'preact';
import { Command } from './command.tsx';

interface EmptyProps {
  readonly title: string;
  readonly command?: string;
  readonly children?: ComponentChildren;
}

export function Empty({ title, command, children }: EmptyProps) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children !== undefined && <p class="quiet">{children}</p>}
      {command !== undefined && <Command text={command} />}
    </div>
  );
}
