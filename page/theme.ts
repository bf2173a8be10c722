// Light, dark, or as the system says. The choice is kept in this browser; charts are told, because a canvas knows no style sheet.
import { byId } from './dom.js';

const KEY = 'weir-theme';

export function startTheme(onChange: () => void): void {
  const select = byId<HTMLSelectElement>('theme');
  const kept = localStorage.getItem(KEY);
  if (kept === 'light' || kept === 'dark') select.value = kept;
  apply(select.value);
  select.addEventListener('change', () => {
    localStorage.setItem(KEY, select.value);
    apply(select.value);
    onChange();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', onChange);
}

function apply(theme: string): void {
  if (theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}
