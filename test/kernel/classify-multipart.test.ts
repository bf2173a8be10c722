// Kernel classify on multipart forms: the fields that matter, at every split, with content that looks like delimiters.
import { describe, expect, test } from 'vitest';
import { MODALITY_AUDIO, MODALITY_FILE, MODALITY_IMAGE, MODALITY_TEXT } from '../../src/core/body-facts.js';
import { ClassifyKernel } from '../../src/kernel/classify.js';

const kernel = ClassifyKernel.load();
const boundary = '----weir-boundary';

function part(head: string, content: string): string {
  return `--${boundary}\r\n${head}\r\n\r\n${content}\r\n`;
}

function field(name: string, content: string): string {
  return part(`Content-Disposition: form-data; name="${name}"`, content);
}

function file(type: string, content: string): string {
  const kind = type === '' ? '' : `\r\nContent-Type: ${type}`;
  return part(`content-disposition: form-data; name="file"; filename="a; name=b"${kind}`, content);
}

function scan(text: string, size = text.length) {
  const body = Buffer.from(text, 'latin1');
  const one = kernel.open('multipart', boundary);
  for (let at = 0; at < body.length; at += size) one.push(body.subarray(at, at + size));
  return one.finish();
}

const end = `--${boundary}--\r\n`;

describe('what classify finds in a form', () => {
  const audio = file('audio/wav', `RIFF\r\n\r\n--${boundary.slice(0, -1)}\r\n-\r\r\n--`);
  const whole = audio + field('model', 'whisper-1') + field('stream', 'true') + field('user', 'u1') + end;

  test('finds model, stream and user after a file full of half delimiters', () => {
    expect(scan(whole)).toMatchObject({
      form: 'multipart',
      model: 'whisper-1',
      stream: true,
      endUser: 'u1',
      modalities: MODALITY_AUDIO,
      modelAt: -1,
      closeAt: -1,
    });
  });

  test('finds the same at every split', () => {
    const facts = scan(whole);
    const body = Buffer.from(whole, 'latin1');
    for (let at = 0; at <= body.length; at++) {
      const one = kernel.open('multipart', boundary);
      one.push(body.subarray(0, at));
      one.push(body.subarray(at));
      expect(one.finish(), `split at ${at}`).toEqual(facts);
    }
    expect(scan(whole, 1)).toEqual(facts);
  });

  test('keeps the bytes of a value that began like a delimiter', () => {
    expect(scan(field('model', 'a\r\n--b\r\r\n-') + end).model).toBe('a\r\n--b\r\r\n-');
  });

  test.each([
    ['image/png', MODALITY_IMAGE],
    ['application/pdf', MODALITY_FILE],
    ['', MODALITY_FILE],
  ])('takes a file of type %j for what it is', (type, modality) => {
    expect(scan(file(type, 'x') + end).modalities).toBe(modality);
  });

  test('takes a prompt for text, and no file for a field', () => {
    expect(scan(field('prompt', 'p') + end).modalities).toBe(MODALITY_TEXT);
    const named = part('Content-Disposition: form-data; name="model"; filename="m"', 'not a model');
    expect(scan(named + end).model).toBe(null);
  });

  test('reads names without quotes and headers in any case', () => {
    expect(scan(part('CONTENT-DISPOSITION:form-data;name=model', 'm') + end).model).toBe('m');
  });

  test('lets the last of two fields win', () => {
    expect(scan(field('model', 'a') + field('model', 'b') + end).model).toBe('b');
  });

  test('skips a preamble and an epilogue', () => {
    expect(scan(`preamble\r\n${field('model', 'm')}${end}epilogue`)).toMatchObject({
      form: 'multipart',
      model: 'm',
    });
  });

  test('tells nothing of a form that is cut short or has another boundary', () => {
    expect(scan(whole.slice(0, -4))).toMatchObject({ form: 'invalid', model: null });
    expect(scan(whole.replaceAll(boundary, 'other'))).toMatchObject({ form: 'invalid', model: null });
    const unnamed = kernel.open('multipart', null);
    unnamed.push(Buffer.from(whole));
    expect(unnamed.finish().form).toBe('invalid');
  });

  test('reads a value across the window that is larger than the window', () => {
    const large = file('', 'x\r'.repeat(150_000)) + field('model', 'after') + end;
    expect(scan(large, 100_001).model).toBe('after');
  });
});
