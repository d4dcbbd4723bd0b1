/**
 * Exports that are no list of rows: WebDataset shards and COCO. Comes in: rows with their samples. Goes
 * out: tar files, or one JSON of pictures and boxes.
 */
import { createWriteStream, type WriteStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { type Pack, pack } from 'tar-stream';
import type { MediaRef } from '../../../shared/model/media.ts';
import type { Sample } from '../../../shared/model/sample.ts';
import { mediaPath } from '../../workspace/store-media.ts';
import type { Row } from './form.ts';
import { pixelBox } from './other-forms.ts';

/** Takes a row together with the sample it was made of. */
export interface SampleSink {
  add(row: Row, sample: Sample): Promise<void>;
  close(): Promise<void>;
}

const SHARD_ROWS = 5000;
const SHARD_BYTES = 2 ** 30;

export class TarSink implements SampleSink {
  readonly #workspace: string;
  readonly #folder: string;
  #pack: Pack | undefined;
  #file: WriteStream | undefined;
  #shard = 0;
  #rows = 0;
  #bytes = 0;
  #row = 0;

  readonly #isNumbered: boolean;

  /** @param isNumbered some row has several pictures: then all of them are `<row>.<n>.png` */
  constructor(workspace: string, folder: string, isNumbered: boolean) {
    this.#workspace = workspace;
    this.#folder = folder;
    this.#isNumbered = isNumbered;
  }

  async add(row: Row, sample: Sample): Promise<void> {
    if (this.#rows >= SHARD_ROWS || this.#bytes >= SHARD_BYTES) await this.#end();
    const key = String(this.#row++).padStart(9, '0');
    const media = [...sample.images, ...sample.audios];
    for (const [index, ref] of media.entries()) {
      const path = mediaPath(this.#workspace, ref);
      const ending = this.#isNumbered ? `.${index}${extname(path)}` : extname(path);
      await this.#entry(`${key}${ending}`, await readFile(path));
    }
    await this.#entry(`${key}.json`, Buffer.from(JSON.stringify(row)));
    this.#rows += 1;
  }

  async close(): Promise<void> {
    if (this.#shard === 0) this.#start();
    await this.#end();
  }

  #start(): Pack {
    const name = `data-${String(this.#shard++).padStart(6, '0')}.tar`;
    this.#file = createWriteStream(join(this.#folder, name), { flags: 'wx' });
    this.#pack = pack();
    this.#pack.pipe(this.#file);
    return this.#pack;
  }

  async #entry(name: string, content: Buffer): Promise<void> {
    const tar = this.#pack ?? this.#start();
    this.#bytes += content.length;
    await new Promise<void>((resolve, reject) => {
      // A fixed time: the same rows give the same bytes.
      tar.entry({ name, mtime: new Date(0) }, content, (error) =>
        error ? reject(error) : resolve(),
      );
    });
  }

  async #end(): Promise<void> {
    if (this.#pack === undefined || this.#file === undefined) return;
    this.#pack.finalize();
    await finished(this.#file);
    this.#pack = undefined;
    this.#rows = 0;
    this.#bytes = 0;
  }
}

interface CocoImage {
  readonly id: number;
  readonly file_name: string;
  readonly width: number;
  readonly height: number;
}

export class CocoSink implements SampleSink {
  readonly #path: string;
  readonly #nameOf: (ref: MediaRef) => string;
  readonly #images = new Map<string, CocoImage>();
  readonly #categories = new Map<string, number>();
  readonly #annotations: Row[] = [];

  constructor(path: string, nameOf: (ref: MediaRef) => string) {
    this.#path = path;
    this.#nameOf = nameOf;
  }

  async add(_row: Row, sample: Sample): Promise<void> {
    const images = sample.images.map((ref) => this.#image(ref));
    for (const { image, label, box } of sample.regions) {
      const shown = images[image];
      if (shown === undefined) continue;
      const bbox = pixelBox(box, shown.width, shown.height);
      this.#annotations.push({
        id: this.#annotations.length + 1,
        image_id: shown.id,
        category_id: this.#category(label),
        bbox,
        area: (bbox[2] ?? 0) * (bbox[3] ?? 0),
        iscrowd: 0,
      });
    }
  }

  async close(): Promise<void> {
    const categories = [...this.#categories].map(([name, id]) => ({ id, name }));
    const content = {
      images: [...this.#images.values()],
      annotations: this.#annotations,
      categories,
    };
    await writeFile(this.#path, JSON.stringify(content), { flag: 'wx' });
  }

  #image(ref: MediaRef): CocoImage {
    const known = this.#images.get(ref.sha256);
    if (known !== undefined) return known;
    const { width = 0, height = 0 } = ref;
    const image = { id: this.#images.size + 1, file_name: this.#nameOf(ref), width, height };
    this.#images.set(ref.sha256, image);
    return image;
  }

  #category(label: string): number {
    const name = label === '' ? 'object' : label;
    const known = this.#categories.get(name) ?? this.#categories.size + 1;
    this.#categories.set(name, known);
    return known;
  }
}
