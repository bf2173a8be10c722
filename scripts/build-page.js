// Completes build/page, where tsc has put the page's program: the skeleton, its style, and uPlot with its licence.
import { copyFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const uplot = join(root, 'node_modules', 'uplot');
const target = join(root, 'build', 'page');

mkdirSync(target, { recursive: true });
for (const name of ['index.html', 'style.css', 'icon.svg'])
  copyFileSync(join(root, 'page', name), join(target, name));
copyFileSync(join(uplot, 'dist', 'uPlot.iife.min.js'), join(target, 'uplot.js'));
copyFileSync(join(uplot, 'dist', 'uPlot.min.css'), join(target, 'uplot.css'));
copyFileSync(join(uplot, 'LICENSE'), join(target, 'uplot-license.txt'));
