// What may be wider than the window and scrolls by itself: a region with a name, which the keyboard reaches.
import type { ComponentChildren } from 'preact';

interface ScrollsProps {
  readonly label: string;
  readonly isLow?: boolean;
  readonly children: ComponentChildren;
}

export function Scrolls({ label, isLow = false, children }: ScrollsProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
    <section class={isLow ? 'scrolls numbers' : 'scrolls'} aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
