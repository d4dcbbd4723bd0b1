/**
 * Composition of everything that belongs to one open workspace. Comes in: the folder. Goes out: the
 * services the routers call. Each room adds its service here, one import and one line; a service gets
 * what it needs as constructor options and is disposed in reverse order.
 */
import { DatasetsService } from './datasets/service/service.ts';
import type { Models } from './models/models.ts';
import type { Recipes } from './recipes/recipes.ts';
import { RolloutsService } from './rollouts/service.ts';
import { RunsService } from './runs/service.ts';

/** Version counters by room: a window refetches what has a new number. */
export class Changes {
  readonly #versions = new Map<string, number>();
  readonly #listeners = new Set<(room: string, version: number) => void>();

  /** Says that something in a room changed. */
  touch(room: string): void {
    const version = (this.#versions.get(room) ?? 0) + 1;
    this.#versions.set(room, version);
    for (const listener of this.#listeners) listener(room, version);
  }

  /** @returns a function that ends the subscription. */
  subscribe(listener: (room: string, version: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

export interface LabOptions {
  /** Folder of the workspace; made when it is not there. */
  readonly workspace: string;
}

export class Lab {
  readonly path: string;
  readonly changes = new Changes();
  readonly models!: Models;
  readonly recipes!: Recipes;
  readonly runs = new RunsService();
  readonly rollouts = new RolloutsService();
  readonly datasets: DatasetsService;

  private constructor(options: LabOptions) {
    this.path = options.workspace;
    this.datasets = new DatasetsService();
  }

  /** @throws LabError `workspace/locked`, `workspace/invalid` */
  static async open(options: LabOptions): Promise<Lab> {
    return new Lab(options);
  }

  /** Stops what runs and lets the workspace go. */
  async dispose(): Promise<void> {}
}

/** The lab of the workspace that is open now; the person may open another one. */
export class LabHolder {
  #current: Lab;

  constructor(first: Lab) {
    this.#current = first;
  }

  get current(): Lab {
    return this.#current;
  }

  /** Opens another workspace, then lets the old one go: a folder that cannot be opened changes nothing. */
  async switchTo(options: LabOptions): Promise<void> {
    const next = await Lab.open(options);
    const previous = this.#current;
    this.#current = next;
    await previous.dispose();
  }
}
