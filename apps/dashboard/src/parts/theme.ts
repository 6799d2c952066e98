// Light or dark: as the system says, or as somebody chose on this page, which this browser remembers.
import { effect, signal } from '@preact/signals';

export const themes = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const place = 'colora-theme';

/** Browsers may refuse to remember anything. */
function remembered(): Theme {
  try {
    return themes.find((theme) => theme === localStorage.getItem(place)) ?? 'auto';
  } catch {
    return 'auto';
  }
}

export const theme = signal<Theme>(remembered());
const systemDark = matchMedia('(prefers-color-scheme: dark)');
/** Changes with everything that changes colours: who paints by hand paints again. */
export const painted = signal(0);

effect(() => {
  document.documentElement.dataset.theme = theme.value;
  painted.value = painted.peek() + 1;
  try {
    localStorage.setItem(place, theme.value);
  } catch {
    // it holds for this page
  }
});
systemDark.addEventListener('change', () => {
  painted.value += 1;
});
