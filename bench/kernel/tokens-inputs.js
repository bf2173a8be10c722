// What the token benchmark counts: texts of this repository, and texts drawn from words below by a fixed seed.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A linear congruential generator: integers from 0 to below − 1. */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return below => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const read = path => readFileSync(join(root, path), 'utf8');
const DOCUMENTS = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'bench/README.md'];

/** The prose of the documentation: without code, tables, headings and lists of options. */
function prose() {
  const files = [
    ...DOCUMENTS,
    ...readdirSync(join(root, 'docs'))
      .filter(name => name.endsWith('.md'))
      .map(name => `docs/${name}`),
  ];
  const paragraphs = files.flatMap(file =>
    read(file)
      .replaceAll(/^```[\s\S]*?^```/gm, '')
      .split('\n')
      .filter(line => line.length > 80 && !/^[|#\s]/.test(line)),
  );
  return paragraphs;
}

function sources(folder) {
  return readdirSync(join(root, folder), { recursive: true })
    .map(String)
    .filter(name => name.endsWith('.ts'))
    .toSorted()
    .map(name => read(join(folder, name)));
}

const CHINESE =
  '我们 你们 他们 什么 没有 一个 这个 那个 可以 因为 所以 但是 如果 现在 时候 知道 中国 问题 工作 时间 公司 系统 用户 数据 使用 进行 提供 需要 开始 已经 通过 发展 技术 服务 信息 管理 研究 学习 城市 国家 世界 生活 朋友 孩子 老师 学生 学校 电话 手机 电脑 网络 程序 代码 模型 语言 人工智能 请求 响应 错误 配置 文件 目录 安装 版本 更新 测试 结果 方法 函数 参数 返回 的 的 的 了 了 是 是 在 在 和 不 有 就 都 也 很 到 说 要 会 着 看 好 上 下 大 小 多 与 及 将 被 把 从 对 为';
const JAPANESE =
  'これ それ あれ 私 私たち あなた 今日 明日 昨日 時間 仕事 会社 学校 先生 学生 友達 電話 日本 東京 世界 問題 方法 結果 情報 技術 使用 開発 設定 確認 必要 可能 場合 データ システム ユーザー サーバー ファイル プログラム エラー モデル テスト インストール バージョン です です ます ました でした ません ください している された について として という ことが ために から まで より の の の を を に に は は が が で と も へ や 新しい 大きい 小さい 美しい 早い 食べる 行く 来る 見る 聞く 話す 読む 書く 使う 作る 思う';

/** Sentences of `words`, the earlier half of which is drawn twice as often. */
function sentences(words, stops, count, random) {
  const list = words.split(' ');
  return Array.from({ length: count }, () => {
    let text = '';
    for (let left = 6 + random(18); left > 0; left--) {
      text += list[random(random(2) === 0 ? list.length : list.length >> 1)];
      if (random(9) === 0) text += stops[0];
    }
    return text + stops[1 + random(stops.length - 1)];
  });
}

const letters = (alphabet, length, random) =>
  Array.from({ length }, () => alphabet.charAt(random(alphabet.length))).join('');
const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const BASE64 = `${LOWER}${LOWER.toUpperCase()}0123456789+/`;

/** About `length` characters from the list, in its order, over and over. */
function filled(list, length, glue) {
  let text = '';
  for (let i = 0; text.length < length; i++) text += list[i % list.length] + glue;
  return text.slice(0, length);
}

function shuffled(list, random) {
  const all = [...list];
  for (let i = all.length - 1; i > 0; i--) {
    const j = random(i + 1);
    [all[i], all[j]] = [all[j], all[i]];
  }
  return all;
}

function pieces(text, length, count, random) {
  return Array.from({ length: count }, () => {
    const at = random(text.length - length);
    return text.slice(at, at + length);
  });
}

/** Texts of chat requests: a system prompt, questions and answers in turn, now and then code or a tool's JSON. */
function chats(english, code, json, count, random) {
  const texts = [];
  while (texts.length < count) {
    const begin = random(english.length - 4000);
    texts.push(`You are a helpful assistant. ${english.slice(begin, begin + 200 + random(1200))}`);
    for (let turn = 2 + random(8); turn > 0; turn--) {
      const from = english;
      const at = random(from.length - 4000);
      texts.push(from.slice(at, at + 20 + random(220)));
      const kind = random(6);
      const source = kind === 0 ? code : kind === 1 ? json : english;
      const start = random(source.length - 4000);
      texts.push(source.slice(start, start + 100 + random(1900)));
    }
  }
  return texts.slice(0, count);
}

/** Cuts of 1 to 20 bytes, never inside a character: models send whole ones. */
function deltas(text, random) {
  const bytes = Buffer.from(text);
  const ends = [];
  for (let at = 0; at < bytes.length; ) {
    at = Math.min(at + 1 + random(20), bytes.length);
    while (at < bytes.length && (bytes[at] & 0xc0) === 0x80) at++;
    ends.push(at);
  }
  return { bytes, ends };
}

/**
 * The cases, in order: { name, texts } are counted one call each; `fresh(pass)` gives other texts of the same kind for each pass, for
 * cold calls; `answers` come in deltas. `scale` is 1 for a real run and less for a small one.
 */
export function cases(scale) {
  const size = length => Math.max(5000, Math.round(length * scale));
  const many = count => Math.max(4, Math.round(count * scale));
  const random = randomFrom(20_260_301);
  const paragraphs = prose();
  const files = sources('src');
  const english = filled(paragraphs, size(200_000), '\n\n');
  const code = filled(files, size(400_000), '\n');
  const json = filled([read('package-lock.json')], size(120_000), '\n');
  const asian = [
    ...sentences(CHINESE, '，。！？', 1500, random),
    ...sentences(JAPANESE, '、。！？', 1500, random),
  ];
  const chinese = filled(asian, size(60_000), '');
  const base64 = letters(BASE64, size(100_000), random);
  const answers = Array.from({ length: many(60) }, () => pieces(english, 1500, 1, random)[0]);
  const mixedAnswers = answers.map((text, i) => (i % 4 === 3 ? chinese.slice(i * 20, i * 20 + 600) : text));
  const freshOf = (list, length, glue) => pass => [
    filled(shuffled(list, randomFrom(pass + 77)), length, glue),
  ];
  const words = paragraphs.join(' ').split(' ');
  return [
    { name: 'English', texts: [english], bar: 30 },
    { name: 'source code', texts: [code], bar: 50 },
    { name: 'JSON', texts: [json], bar: 70 },
    { name: 'chat request texts', texts: chats(english, code, json, many(300), random), bar: 40 },
    { name: 'Chinese and Japanese', texts: [chinese], bar: 10 },
    { name: 'base64', texts: [base64], bar: 10 },
    { name: '20-byte calls', texts: pieces(english, 20, many(2000), random), bar: 25 },
    { name: '500-byte calls', texts: pieces(english, 500, many(400), random), bar: 50 },
    { name: 'English, cold', fresh: freshOf(words, size(60_000), ' '), bar: 18 },
    { name: 'Chinese and Japanese, cold', fresh: freshOf(asian, size(20_000), ''), bar: 5 },
    {
      name: 'ASCII deltas',
      answers: answers.map(text => deltas(text.replaceAll(/[^\0-\x7f]/g, '-'), random)),
      microsBar: 0.5,
    },
    { name: 'mixed deltas', answers: mixedAnswers.map(text => deltas(text, random)) },
  ];
}

/** Adversarial texts of `length` bytes of UTF-8, roughly. */
export const ADVERSARIES = {
  'one letter': length => 'a'.repeat(length),
  spaces: length => ' '.repeat(length),
  newlines: length => '\n'.repeat(length),
  digits: length => '7'.repeat(length),
  'random letters': length => letters(LOWER, length, randomFrom(1)),
  'random letters, both cases': length => letters(LOWER + LOWER.toUpperCase(), length, randomFrom(2)),
  'ab pairs': length => 'ab'.repeat(length / 2),
  'aA pairs': length => 'aA'.repeat(length / 2),
  "'a pairs": length => "'a".repeat(length / 2),
  'CR and LF': length => letters('\r\n', length, randomFrom(3)),
  'space and newline': length => ' \n'.repeat(length / 2),
  slashes: length => '/'.repeat(length),
  dashes: length => '-'.repeat(length),
  'equals signs': length => '='.repeat(length),
  stars: length => '*'.repeat(length),
  base64: length => letters(BASE64, length, randomFrom(4)),
  'one CJK character': length => '字'.repeat(length / 3),
  'combining marks': length => '\u0301'.repeat(length / 2),
  emoji: length => '😀'.repeat(length / 4),
  'CJK and capitals': length => `日${'A'.repeat(61)}`.repeat(length / 64),
  'CJK before one run of capitals': length => `日${'A'.repeat(length - 3)}`,
  'modifiers before capitals': length => 'ʰ'.repeat(length / 4) + 'A'.repeat(length / 2),
};
