/** Pictures and mappings made to break an importer: each row is refused with a reason, no other one. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  expectBad,
  importPath,
  makePng,
  makeTemporaryFolder,
  writeLines,
} from '../support/import-fixture.ts';

describe('pictures', () => {
  it.each([
    ['a way out', '../secret.png', /leads out|no file/],
    ['a long way out', `${'../'.repeat(30)}etc/passwd`, /leads out/],
    ['an absolute path', '/etc/passwd', /absolute path: choose the folder/],
    ['a file that is not there', 'gone.png', /no file "gone.png"/],
    ['a folder', 'folder', /no file at|no file/],
    ['a file that is no picture', 'notes.txt', /no picture, sound or clip/],
    ['a link to a file outside', 'link.png', /leads out/],
    ['a link through a folder outside', 'far/etc/hostname', /leads out|no file/],
    ['an address', 'https://example.com/a.png', /is an address/],
    ['a file address', 'file:///etc/passwd', /is an address/],
    ['a null byte', 'a\0.png', /is no file name/],
    ['a data URI that is no picture', 'data:image/png;base64,AAAA', /no picture/],
    ['a data URI without content', 'data:image/png', /without content/],
    ['a number', 17, /as a path, bytes or a data URI, got a number/],
    ['an SVG', 'a.svg', /no picture/],
    ['a bomb of 30000 x 30000', 'bomb.png', /pixels/],
    ['a picture cut in the middle', 'cut.png', /cut\.png|decoded|pixels|end/],
  ])('%s', async (_what, image, reason) => {
    const folder = join(makeTemporaryFolder(), 'data');
    mkdirSync(join(folder, 'folder'), { recursive: true });
    writeFileSync(join(folder, '..', 'secret.png'), await makePng(4, 4));
    writeFileSync(join(folder, 'notes.txt'), 'root:x:0:0');
    writeFileSync(join(folder, 'a.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
    writeFileSync(join(folder, 'bomb.png'), pngBomb(30_000));
    writeFileSync(join(folder, 'cut.png'), (await makePng(40, 40)).subarray(0, 40));
    writeFileSync(join(folder, 'ok.png'), await makePng(4, 4));
    symlinkSync(join(folder, '..', 'secret.png'), join(folder, 'link.png'));
    symlinkSync('/', join(folder, 'far'));
    const path = join(folder, 'a.jsonl');
    const rows = [
      { prompt: 'good', image: 'ok.png' },
      { prompt: 'bad', image },
    ];
    writeFileSync(path, rows.map((row) => JSON.stringify(row)).join('\n'));
    await expectBad(path, reason);
  });

  it('allows absolute paths below the folder a person named, and only there', async () => {
    const pictures = makeTemporaryFolder();
    writeFileSync(join(pictures, 'a.png'), await makePng(4, 4));
    const rows = [join(pictures, 'a.png'), 'a.png', '/etc/passwd', '../x.png'];
    const path = writeLines(
      'a.jsonl',
      rows.map((image) => ({ prompt: 'p', image })),
    );
    const { samples, bad } = await importPath(path, (mapping) => ({
      ...mapping,
      options: { ...mapping.options, imageRoot: pictures },
    }));
    expect(samples).toHaveLength(2);
    expect(bad).toHaveLength(2);
  });

  it.each([
    [
      'more marks than pictures',
      { prompt: '<image><image>a', images: ['ok.png'] },
      /2 places .* and 1 in/,
    ],
    ['marks without a column', { prompt: '<image>a', images: [] }, /1 place .* and 0 in/],
    [
      'a role nobody knows',
      { messages: [{ role: 'boss', content: 'a' }] },
      /the role "boss" is none of/,
    ],
    [
      'turns that are no objects',
      { messages: [{ role: 'user', content: 'a' }, 3] },
      /turn 2: expected an object/,
    ],
    [
      'a box outside',
      { prompt: 'a', image: 'ok.png', objects: [{ bbox: [0, 0, 900, 900] }] },
      /another box scale/,
    ],
    [
      'a box of three numbers',
      { prompt: 'a', image: 'ok.png', objects: [{ bbox: [1, 2, 3] }] },
      /4 numbers/,
    ],
    [
      'labels that do not fit',
      { prompt: 'a', completions: ['x', 'y'], labels: [true] },
      /2 steps and 1/,
    ],
    [
      'a verifier without a kind',
      { prompt: 'a', verifier: { params: {} } },
      /verifier with a kind/,
    ],
    ['a label that is none', { prompt: 'a', completion: 'b', kto_tag: 'maybe' }, /true or false/],
  ])('%s', async (_what, row, reason) => {
    const folder = makeTemporaryFolder();
    writeFileSync(join(folder, 'ok.png'), await makePng(4, 4));
    writeFileSync(join(folder, 'a.jsonl'), JSON.stringify(row));
    await expectBad(join(folder, 'a.jsonl'), reason, 0);
  });
});

/** A PNG that says it is `side` pixels wide and high and holds a few bytes. */
function pngBomb(side: number): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(data.length, 0);
    head.write(type, 4, 'latin1');
    // Decoders that look at the header first never come to the checksum.
    return Buffer.concat([head, data, Buffer.alloc(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(1000))),
  ]);
}
