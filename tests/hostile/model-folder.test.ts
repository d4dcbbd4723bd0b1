/**
 * Model folders out of bad hands: each attack on weights, configuration, tokenizer, template or
 * processor ends in a typed error with a hint, in bounded time, and never in a model.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBundle, toPrompt } from '../../src/engine/bundle/bundle.ts';
import { LabError } from '../../src/shared/errors.ts';
import { writeTinyModel } from '../support/tiny-folder.ts';

let base: string;
let model: string;

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'rationale-hostile-'));
  model = await writeTinyModel(base);
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** A copy of the model with one file changed. */
function copy(change: (folder: string) => void): string {
  const folder = mkdtempSync(join(base, 'copy-'));
  cpSync(model, folder, { recursive: true });
  change(folder);
  return folder;
}

interface Json {
  [key: string]: Json & string & number & Json[];
}

function edit(file: string, change: (json: Json) => void): string {
  return copy((folder) => {
    const path = join(folder, file);
    // A file of the model, an object.
    const json = JSON.parse(readFileSync(path, 'utf8')) as Json;
    change(json);
    writeFileSync(path, JSON.stringify(json));
  });
}

function put(file: string, text: string | Uint8Array): string {
  return copy((folder) => writeFileSync(join(folder, file), text));
}

/** model.safetensors with a header of the attacker's making. */
function header(change: (text: string) => string, declared?: bigint): string {
  return copy((folder) => {
    const path = join(folder, 'model.safetensors');
    const bytes = readFileSync(path);
    const length = Number(bytes.readBigUInt64LE(0));
    const text = Buffer.from(change(bytes.toString('utf8', 8, 8 + length).trimEnd()));
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(declared ?? BigInt(text.length));
    writeFileSync(path, Buffer.concat([size, text, bytes.subarray(8 + length)]));
  });
}

/** The first norm's entry, changed. */
function entry(key: string, value: unknown): string {
  return header((text) => {
    const json = JSON.parse(text) as Json;
    const name = Object.keys(json).find((key) => key.includes('norm')) ?? '';
    Object.assign(json[name] ?? {}, { [key]: value });
    return JSON.stringify(json);
  });
}

function truncated(bytes: number): string {
  const whole = readFileSync(join(model, 'model.safetensors'));
  return put('model.safetensors', whole.subarray(0, bytes));
}

const pattern = (regex: string) => ({
  type: 'Split',
  pattern: { Regex: regex },
  behavior: 'Isolated',
  invert: false,
});
const splitBy = (regex: string) =>
  edit('tokenizer.json', (json) => Object.assign(json, { pre_tokenizer: pattern(regex) }));
const normalizedBy = (normalizer: object) =>
  edit('tokenizer.json', (json) => Object.assign(json, { normalizer }));
const vocabulary = (change: (vocab: Json) => void) =>
  edit('tokenizer.json', (json) => change(json['model']?.['vocab'] ?? {}));
const merges = (...list: unknown[]) =>
  edit('tokenizer.json', (json) => Object.assign(json['model'] ?? {}, { merges: list }));
const text = (key: string, value: unknown) =>
  edit('config.json', (json) => Object.assign(json['text_config'] ?? {}, { [key]: value }));
const image = (values: object) =>
  edit('processor_config.json', (json) => Object.assign(json['image_processor'] ?? {}, values));

const ATTACKS: [string, () => string, string][] = [
  ['an empty file', () => truncated(0), 'safetensors/corrupt'],
  ['half a length', () => truncated(4), 'safetensors/corrupt'],
  ['no header', () => truncated(8), 'safetensors/corrupt'],
  ['half a header', () => truncated(300), 'safetensors/corrupt'],
  ['half the weights', () => truncated(60_000), 'safetensors/corrupt'],
  ['a header of 2^63 bytes', () => header((t) => t, 2n ** 63n), 'safetensors/corrupt'],
  ['a header of 99 MB', () => header((t) => t, 99_000_000n), 'safetensors/corrupt'],
  ['a header that is text', () => header(() => 'hello'), 'safetensors/corrupt'],
  ['a header that is a list', () => header(() => '[1]'), 'safetensors/corrupt'],
  [
    'a header without end',
    () => header(() => '{"a":'.repeat(1e5) + '}'.repeat(1e5)),
    'safetensors/corrupt',
  ],
  [
    'metadata that are numbers',
    () => header((t) => t.replace('"__metadata__":{', '"__metadata__":{"a":1,')),
    'safetensors/corrupt',
  ],
  [
    'a tensor named __proto__',
    () =>
      header((t) =>
        t.replace('{', '{"__proto__":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},'),
      ),
    'safetensors/mismatch',
  ],
  ['offsets below zero', () => entry('data_offsets', [-8, 120]), 'safetensors/corrupt'],
  ['offsets that are fractions', () => entry('data_offsets', [0.5, 4]), 'safetensors/corrupt'],
  ['offsets the wrong way round', () => entry('data_offsets', [128, 0]), 'safetensors/corrupt'],
  [
    'offsets behind the end',
    () => entry('data_offsets', [1e15, 1e15 + 128]),
    'safetensors/corrupt',
  ],
  ['a range that others have', () => entry('data_offsets', [0, 128]), 'safetensors/corrupt'],
  [
    'a shape of 2^53 x 2^53',
    () => entry('shape', [2 ** 53 - 1, 2 ** 53 - 1]),
    'safetensors/corrupt',
  ],
  ['a shape below zero', () => entry('shape', [-1]), 'safetensors/corrupt'],
  ['a shape that is no list', () => entry('shape', null), 'safetensors/corrupt'],
  ['whole numbers as weights', () => entry('dtype', 'I32'), 'safetensors/mismatch'],
  ['a dtype nobody knows', () => entry('dtype', 'Q4_K'), 'safetensors/mismatch'],
  ['another shape', () => entry('shape', [8, 4]), 'safetensors/mismatch'],
  [
    'bytes after the last tensor',
    () =>
      put(
        'model.safetensors',
        Buffer.concat([readFileSync(join(model, 'model.safetensors')), Buffer.alloc(16)]),
      ),
    'safetensors/corrupt',
  ],
  [
    'no weights at all',
    () => copy((folder) => rmSync(join(folder, 'model.safetensors'))),
    'file/missing',
  ],
  [
    'weights that are a link out of the folder',
    () =>
      copy((folder) => {
        rmSync(join(folder, 'model.safetensors'));
        symlinkSync(join(model, 'model.safetensors'), join(folder, 'model.safetensors'));
      }),
    'file/unsafe',
  ],
  [
    'an index that points elsewhere',
    () =>
      copy((folder) => {
        rmSync(join(folder, 'model.safetensors'));
        const index = { weight_map: { 'model.norm.weight': '../../../etc/passwd' } };
        writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify(index));
      }),
    'file/unsafe',
  ],

  ['a configuration that is text', () => put('config.json', 'nope'), 'file/corrupt'],
  ['a configuration without end', () => put('config.json', '['.repeat(1e6)), 'file/unsafe'],
  [
    'another architecture',
    () => edit('config.json', (json) => Object.assign(json, { model_type: 'llama' })),
    'model/unsupported',
  ],
  ['a width of 10^9', () => text('hidden_size', 1e9), 'config/invalid'],
  ['layers below zero', () => text('num_hidden_layers', -1), 'config/invalid'],
  ['a width that is text', () => text('hidden_size', '32'), 'config/invalid'],
  ['more layers than weights', () => text('num_hidden_layers', 1000), 'safetensors/mismatch'],
  [
    'pixels by the billion',
    () => image({ min_pixels: 1e12, size: { shortest_edge: 1e12, longest_edge: 1e13 } }),
    'config/invalid',
  ],
  ['a spread of zero', () => image({ image_std: [0, 0, 0] }), 'config/invalid'],

  ['a tokenizer that is text', () => put('tokenizer.json', 'nope'), 'file/corrupt'],
  ['no tokenizer', () => copy((folder) => rmSync(join(folder, 'tokenizer.json'))), 'file/missing'],
  ['a pattern that backtracks', () => splitBy('(a+)+$'), 'file/unsafe'],
  ['alternatives that are equal', () => splitBy('(a|a)*b'), 'file/unsafe'],
  ['eight stars in a row', () => splitBy('a*a*a*a*a*a*a*a*b'), 'file/unsafe'],
  ['a pattern that does not parse', () => splitBy('(open'), 'tokenizer/invalid'],
  [
    'a normalizer that backtracks',
    () => normalizedBy({ ...pattern('(a+)+$'), type: 'Replace', content: '' }),
    'file/unsafe',
  ],
  [
    'a normalizer that lets texts grow',
    () =>
      normalizedBy({
        type: 'Sequence',
        normalizers: Array.from({ length: 30 }, () => ({
          type: 'Replace',
          pattern: { String: 'a' },
          content: 'a'.repeat(64),
        })),
      }),
    'tokenizer/invalid',
  ],
  [
    'a token id of 10^9',
    () => vocabulary((vocab) => Object.assign(vocab, { x: 1e9 })),
    'tokenizer/invalid',
  ],
  [
    'a token id below zero',
    () => vocabulary((vocab) => Object.assign(vocab, { x: -1 })),
    'tokenizer/invalid',
  ],
  [
    'an id with two tokens',
    () => vocabulary((vocab) => Object.assign(vocab, { x: 1, y: 1 })),
    'tokenizer/invalid',
  ],
  [
    'a token the model has no row for',
    () => vocabulary((vocab) => Object.assign(vocab, { path: 1_000_000 })),
    'tokenizer/invalid',
  ],
  ['merges of tokens there are not', () => merges('qqq zzz'), 'tokenizer/invalid'],
  ['merges that are no pairs', () => merges('a'), 'tokenizer/invalid'],
  [
    'another kind of tokenizer',
    () => edit('tokenizer.json', (json) => Object.assign(json['model'] ?? {}, { type: 'Unigram' })),
    'tokenizer/invalid',
  ],

  [
    'a template that loops',
    () => put('chat_template.jinja', '{% for a in range(1000000000) %}x{% endfor %}'),
    'file/unsafe',
  ],
  [
    'a template that grows',
    () =>
      put(
        'chat_template.jinja',
        '{% set n = namespace(s="aaaaaaaaaa") %}{% for i in range(40) %}{% set n.s = n.s + n.s %}{% endfor %}{{ n.s }}',
      ),
    'tokenizer/invalid',
  ],
  [
    'a template that does not parse',
    () => put('chat_template.jinja', '{% if %}'),
    'tokenizer/invalid',
  ],
  [
    'a template that reaches for the host',
    () => put('chat_template.jinja', '{{ messages.constructor.constructor("return process")() }}'),
    'tokenizer/invalid',
  ],
  [
    'a template of nested brackets',
    () => put('chat_template.jinja', `{{ ${'('.repeat(20_000)}1${')'.repeat(20_000)} }}`),
    'tokenizer/invalid',
  ],
  ['a template of 3 MB', () => put('chat_template.jinja', 'x'.repeat(3e6)), 'file/unsafe'],
  ['no folder', () => join(base, 'nothing'), 'file/missing'],
  ['a file instead of a folder', () => join(model, 'config.json'), 'file/missing'],
];

describe('a model folder with', () => {
  it.each(ATTACKS)('%s', (_, make, code) => {
    const folder = make();
    let thrown: unknown;
    try {
      toPrompt(openBundle(folder), { visuals: [], text: `path from ${'a'.repeat(60)}c1` });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(LabError);
    // Just checked.
    const { hint, code: got, message } = thrown as LabError;
    expect([got, message]).toEqual([code, expect.any(String)]);
    expect(hint).toBeTruthy();
  });

  it('a prompt longer than the model takes', () => {
    const bundle = openBundle(model);
    const text = 'path '.repeat(5000);
    expect(() => toPrompt(bundle, { visuals: [], text })).toThrowError(
      /5\d\d\d tokens.*at most 4096/,
    );
  });
});
