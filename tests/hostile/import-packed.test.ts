/** Archives, column stores and places made to break an importer: a typed reason, nothing unpacked. */
import { createWriteStream, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip, gzipSync } from 'node:zlib';
import { tableFromArrays, tableToIPC } from 'apache-arrow';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { pack } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { ImportThread } from '../../src/main/datasets/import/import-thread.ts';
import { sniffPath } from '../../src/main/datasets/import/sniff.ts';
import { importPath, makeTemporaryFolder, writeFile as write } from '../support/import-fixture.ts';

const GOOD = JSON.stringify({ prompt: 'Is this read?', answer: 'yes' });

describe('archives', () => {
  it('refuses ways out, links and devices, and reads the rows beside them', async () => {
    const tar = pack();
    tar.entry({ name: 'good.txt' }, 'read me');
    tar.entry({ name: '../../evil.txt' }, 'x');
    tar.entry({ name: '/etc/evil.txt' }, 'x');
    tar.entry({ name: 'link.txt', type: 'symlink', linkname: '/etc/passwd' });
    tar.entry({ name: 'hard.txt', type: 'link', linkname: 'good.txt' });
    tar.entry({ name: 'device.txt', type: 'character-device' });
    tar.entry({ name: 'bad.json' }, '{');
    tar.entry({ name: 'last.txt' }, 'read me too');
    tar.finalize();
    const path = join(makeTemporaryFolder(), 'a.tar');
    await pipeline(tar, createWriteStream(path));
    const { samples, bad } = await importPath(path);
    expect(samples.map(({ key }) => key)).toEqual(['good', 'last']);
    expect(bad.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/leads out/),
      expect.stringMatching(/leads out/),
      expect.stringMatching(/is a link to \/etc\/passwd/),
      expect.stringMatching(/is a link/),
      expect.stringMatching(/is no file/),
      expect.stringMatching(/not valid JSON/),
    ]);
  });

  it('stops at a bomb', async () => {
    const tar = pack();
    tar.entry({ name: 'good.txt' }, 'read me');
    const path = join(makeTemporaryFolder(), 'a.tar.gz');
    const written = pipeline(tar, createGzip(), createWriteStream(path));
    const zeros = Buffer.alloc(128 * 2 ** 20);
    for (let i = 0; i < 3; i++) tar.entry({ name: `zeros-${i}.bin` }, zeros);
    tar.finalize();
    await written;
    const { bad } = await importPath(path);
    expect(bad.at(-1)?.reason).toMatch(/unpacks to far more/);
  }, 120_000);

  it('reads what is whole of an archive that was cut off or is no archive', async () => {
    const tar = pack();
    for (const name of ['a', 'b', 'c']) tar.entry({ name: `${name}.txt` }, 'x'.repeat(2000));
    tar.finalize();
    const file = join(makeTemporaryFolder(), 'whole.tar');
    await pipeline(tar, createWriteStream(file));
    const whole = readFileSync(file);
    const { samples, bad } = await importPath(write('a.tar', whole.subarray(0, 6000)));
    expect(samples.map(({ key }) => key)).toEqual(['a', 'b']);
    expect(bad.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/ends in the middle of this row/),
      expect.stringMatching(/rest of the archive cannot be read/),
    ]);
    for (const [name, content] of [
      ['b.tar', Buffer.from('not a tar at all '.repeat(100))],
      ['c.tar.gz', Buffer.from('no gzip')],
      ['d.tar.gz', gzipSync('no tar').subarray(0, 12)],
    ] as const) {
      await expect(sniffPath(write(name, content))).rejects.toMatchObject({ code: 'file/corrupt' });
    }
  });
});

describe('column stores', () => {
  const data = Array.from({ length: 500 }, (_, i) => `row ${i} ${Math.sqrt(i)}`);
  const columnData = [{ name: 'prompt', data, type: 'STRING' as const }];
  const parquet = Buffer.from(parquetWriteBuffer({ columnData, rowGroupSize: 100 }));
  const arrow = Buffer.from(tableToIPC(tableFromArrays({ prompt: ['a', 'b', 'c'] }), 'stream'));
  const end = parquet.subarray(-8);

  it.each([
    ['cut off', parquet.subarray(0, parquet.length - 100)],
    ['only its first bytes', parquet.subarray(0, 8)],
    ['a footer of nothing', Buffer.concat([parquet.subarray(0, 200), Buffer.alloc(64, 0xff), end])],
    [
      'a footer length beyond the file',
      Buffer.concat([parquet.subarray(0, -8), Buffer.from('ffffff7f', 'hex'), Buffer.from('PAR1')]),
    ],
  ])('Parquet: %s', async (_what, bytes) => {
    await expect(sniffPath(write('a.parquet', bytes))).rejects.toMatchObject({
      code: 'file/corrupt',
    });
  });

  it('names the rows of a damaged row group and reads the others', async () => {
    const damaged = Buffer.from(parquet);
    damaged.fill(0xff, 4, 60);
    const { samples, bad } = await importPath(write('a.parquet', damaged));
    expect([samples.length, bad.length]).toEqual([400, 100]);
    expect(bad[0]?.reason).toMatch(/cannot be read/);
  });

  it('never dies of random damage', async () => {
    const folder = makeTemporaryFolder();
    // In a thread as the app does it: what claims to hold billions of things is given up.
    const thread = new ImportThread({ jobMs: 3000 });
    let seed = 7;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return seed % below;
    };
    for (let i = 0; i < 12; i++) {
      const whole = i % 2 === 0 ? parquet : arrow;
      const damaged = Buffer.from(whole);
      for (let n = 0; n < 4; n++) damaged[random(damaged.length)] = random(256);
      const path = join(folder, `${i}.${i % 2 === 0 ? 'parquet' : 'arrow'}`);
      writeFileSync(path, damaged);
      await thread.run({ kind: 'sniff', path, set: null }).catch((thrown: unknown) => {
        expect(thrown).toMatchObject({ code: expect.stringMatching(/^(file|dataset)\//) });
      });
    }
    await thread.dispose();
  }, 120_000);

  it('gives up an Arrow file whose schema claims billions of fields', async () => {
    const damaged = Buffer.from(arrow);
    for (const [at, byte] of [
      [50, 201],
      [188, 227],
      [38, 13],
      [120, 199],
    ] as const)
      damaged[at] = byte;
    const thread = new ImportThread({ jobMs: 2000 });
    const job = thread.run({ kind: 'sniff', path: write('a.arrow', damaged), set: null });
    await expect(job).rejects.toMatchObject({ code: 'file/unsafe' });
    await thread.dispose();
  });

  it('Arrow: garbage is refused, a stream that was cut off too', async () => {
    const table = tableFromArrays({ prompt: data });
    const whole = tableToIPC(table, 'stream');
    for (const bytes of [Buffer.alloc(1000, 0x41), whole.subarray(0, whole.length - 300)]) {
      await expect(sniffPath(write('a.arrow', bytes))).rejects.toMatchObject({
        code: 'file/corrupt',
      });
    }
  });
});

describe('places', () => {
  it.each([
    ['nothing', () => '/nowhere/at/all', 'file/missing'],
    ['an empty file', () => write('a.bin', ''), 'dataset/unknown-format'],
    ['an empty folder', () => makeTemporaryFolder(), 'dataset/unknown-format'],
    ['a zip', () => write('a.zip', 'PK\u0003\u0004....'), 'dataset/unknown-format'],
    [
      'UTF-16',
      () => write('a.jsonl', Buffer.from('\ufeff{"prompt":"a"}', 'utf16le')),
      'dataset/unknown-format',
    ],
    ['a device', () => '/dev/zero', 'dataset/unknown-format'],
    ['a name with a null byte', () => '/tmp/a\0b', 'file/missing'],
  ])('%s', async (_what, make, code) => {
    await expect(sniffPath(make())).rejects.toMatchObject({ code });
  });

  it('does not follow links out of a folder, nor links in circles', async () => {
    const folder = makeTemporaryFolder();
    symlinkSync(folder, join(folder, 'self'));
    symlinkSync('/etc', join(folder, 'etc'));
    symlinkSync('/etc/passwd', join(folder, 'rows.jsonl'));
    writeFileSync(join(folder, 'good.jsonl'), GOOD);
    const { sniff, samples } = await importPath(folder);
    expect(sniff.files).toHaveLength(1);
    expect(sniff.notes).toEqual([expect.stringMatching(/links that lead out/)]);
    expect(samples).toHaveLength(1);
  });

  it('does not follow the file name of a dataset_info.json out of its folder', async () => {
    const folder = makeTemporaryFolder();
    const index = { a: { file_name: '../../../../../etc/passwd' } };
    writeFileSync(join(folder, 'dataset_info.json'), JSON.stringify(index));
    await expect(sniffPath(folder)).rejects.toMatchObject({ code: 'file/unsafe' });
  });
});
