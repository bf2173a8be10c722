// The token counters that are compared, each as it is meant to be called. open(encoding) → { count(text), clear(), stream(answer) or null }.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const rivals = new URL('../rivals/node_modules/', import.meta.url);

let vocabulary = null;
async function weir(encoding) {
  const { loadVocabulary } = await import('../../dist/kernel/vocabulary.js');
  const { TokenKernel } = await import('../../dist/kernel/tokens.js');
  const { TokenStream } = await import('../../dist/kernel/token-stream.js');
  vocabulary ??= loadVocabulary(2);
  const kernel = TokenKernel.load(vocabulary, encoding === 'o200k_base' ? 0 : 1);
  return {
    count: text => kernel.countText(encoding, text),
    clear: () => kernel.clearCache(),
    stream: ({ bytes, ends }) => {
      const stream = new TokenStream(kernel, encoding);
      let from = 0;
      for (let i = 0; i < ends.length; i++) {
        const to = ends[i];
        stream.push(bytes, from, to);
        from = to;
      }
      return stream.count();
    },
  };
}

async function tiktoken(encoding) {
  const { get_encoding } = await import('tiktoken');
  const encoder = get_encoding(encoding);
  return { count: text => encoder.encode(text, [], []).length, clear: () => {}, stream: null };
}

async function gptTokenizer(encoding) {
  const { countTokens, clearMergeCache } = await import(
    new URL(`gpt-tokenizer/esm/encoding/${encoding}.js`, rivals)
  );
  return { count: text => countTokens(text), clear: clearMergeCache, stream: null };
}

async function aiTokenizer(encoding) {
  const { default: Tokenizer } = await import(new URL('ai-tokenizer/dist/index.js', rivals));
  const data = await import(new URL(`ai-tokenizer/dist/encoding/${encoding}.js`, rivals));
  let tokenizer = new Tokenizer(data);
  // Its cache cannot be cleared; a new tokenizer has an empty one.
  const clear = () => {
    tokenizer = new Tokenizer(data);
  };
  return { count: text => tokenizer.count(text), clear, stream: null };
}

export const VARIANTS = {
  weir: { open: weir },
  tiktoken: { open: tiktoken },
  'gpt-tokenizer': { open: gptTokenizer, folder: 'gpt-tokenizer' },
  'ai-tokenizer': { open: aiTokenizer, folder: 'ai-tokenizer' },
};

/** Why a variant cannot be measured; null where it can. */
export function missing(name) {
  const folder = VARIANTS[name]?.folder;
  if (folder === undefined || existsSync(fileURLToPath(new URL(folder, rivals)))) return null;
  return `${folder} is not installed (npm install --prefix bench/rivals)`;
}
