/**
 * A small transit map: up to eight lettered stations on a 3 x 3 lattice, joined by coloured lines;
 * the answer is a shortest route, station by station, any of them if several are equally short.
 * Difficulty is the number of rides.
 */

import type { Rng } from '../../rng.ts';
import { COLOURS, type Colour, PALETTE } from '../lexicon.ts';
import { Canvas } from '../raster.ts';
import { CELL } from '../scenes.ts';
import type { Evidence, TaskDefinition, WorldImage } from '../types.ts';

const LATTICE = 3;
const STATIONS = 'abcdefgh';
/** Pixels between lattice places: two cells. */
const PITCH = 2 * CELL;
const SIDE = LATTICE * PITCH;
/** Chance that two neighbouring stations not yet joined get a line of their own. */
const EXTRA_LINES = 0.25;

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly colour: Colour;
}

interface Metro {
  /** Lattice place of each station, in station order. */
  readonly places: readonly number[];
  readonly edges: readonly Edge[];
}

/** Breadth first over the stations; undefined when the two are not joined. */
export function shortestRoute(
  edges: readonly { from: string; to: string }[],
  from: string,
  to: string,
): string[] | undefined {
  const queue: string[][] = [[from]];
  const seen = new Set([from]);
  for (let route = queue.shift(); route !== undefined; route = queue.shift()) {
    const here = route[route.length - 1] ?? from;
    if (here === to) return route;
    for (const edge of edges) {
      const next = edge.from === here ? edge.to : edge.to === here ? edge.from : undefined;
      if (next === undefined || seen.has(next)) continue;
      seen.add(next);
      queue.push([...route, next]);
    }
  }
  return undefined;
}

/** Pairs of ends that only `combos` asks. */
function isHeldOutTrip(from: string, to: string): boolean {
  return (STATIONS.indexOf(from) * 3 + STATIONS.indexOf(to)) % 5 === 0;
}

function drawMetro(rng: Rng, stations: number): Metro {
  const places = rng.sample([...Array(LATTICE * LATTICE).keys()], stations);
  const neighbours: [number, number][] = [];
  for (let left = 0; left < stations; left++) {
    for (let right = left + 1; right < stations; right++) {
      const dx = Math.abs(((places[left] ?? 0) % LATTICE) - ((places[right] ?? 0) % LATTICE));
      const dy = Math.abs(
        Math.floor((places[left] ?? 0) / LATTICE) - Math.floor((places[right] ?? 0) / LATTICE),
      );
      if (dx <= 1 && dy <= 1) neighbours.push([left, right]);
    }
  }
  const group = places.map((_, index) => index);
  const edges: Edge[] = [];
  const crossings = new Set<string>();
  for (const [left, right] of rng.shuffle(neighbours)) {
    const middle = `${middleOf(places, left, right)}`;
    const joins = group[left] !== group[right];
    if (crossings.has(middle) || !(joins || rng.chance(EXTRA_LINES))) continue;
    crossings.add(middle); // two diagonals of one square would cross
    const merged = group[right];
    group.forEach((member, index) => {
      if (member === merged) group[index] = group[left] ?? 0;
    });
    edges.push({
      from: STATIONS[left] ?? '',
      to: STATIONS[right] ?? '',
      colour: rng.pick(COLOURS),
    });
  }
  return { places, edges };
}

function middleOf(places: readonly number[], left: number, right: number): string {
  const [first, second] = [places[left] ?? 0, places[right] ?? 0];
  return `${(first % LATTICE) + (second % LATTICE)},${Math.floor(first / LATTICE) + Math.floor(second / LATTICE)}`;
}

function centre(place: number): { x: number; y: number } {
  // Half a cell off the lattice middle, so that a station fills exactly one merged image token.
  return {
    x: (place % LATTICE) * PITCH + CELL / 2 + CELL / 2,
    y: Math.floor(place / LATTICE) * PITCH + CELL / 2 + CELL / 2,
  };
}

function drawMap({ places, edges }: Metro): WorldImage {
  const canvas = new Canvas(SIDE, SIDE).gradient([18, 18, 36], 0.5);
  for (const { from, to, colour } of edges) {
    const a = centre(places[STATIONS.indexOf(from)] ?? 0);
    const b = centre(places[STATIONS.indexOf(to)] ?? 0);
    canvas.line(a.x, a.y, b.x, b.y, 3, PALETTE[colour]);
  }
  places.forEach((place, station) => {
    const { x, y } = centre(place);
    canvas.disc(x, y, 7.4, [240, 240, 240]);
    canvas.text(STATIONS[station] ?? '', Math.round(x) - 3, Math.round(y) - 5, [16, 16, 16], 2);
  });
  return canvas.image();
}

export const route: TaskDefinition = {
  id: 'route',
  about: 'find a shortest route between two stations of a transit map',
  levels: [1, 4],
  harderLevels: [5, 6],
  guessBound: 0.05,
  draft(rng, { difficulty, heldOut }) {
    for (;;) {
      const metro = drawMetro(rng, rng.int(Math.max(4, difficulty + 1), STATIONS.length));
      const letters = [...STATIONS].slice(0, metro.places.length);
      const trips = rng.shuffle(
        letters.flatMap((from) =>
          letters.map((to) => ({ from, to, stops: shortestRoute(metro.edges, from, to) })),
        ),
      );
      const trip = trips.find(
        ({ from, to, stops }) =>
          stops?.length === difficulty + 1 && isHeldOutTrip(from, to) === heldOut,
      );
      if (trip?.stops === undefined) continue;
      const { from, to, stops } = trip;
      const answer = stops.join(' ');
      const edges = metro.edges.map((edge): [string, string] => [edge.from, edge.to]);
      const steps = stops.slice(1).map((stop, index) => {
        const before = stops[index] ?? '';
        const line = metro.edges.find(
          (edge) =>
            (edge.from === before && edge.to === stop) ||
            (edge.to === before && edge.from === stop),
        );
        return `${before} ${line?.colour ?? '.'} ${stop}`;
      });
      return {
        content: `${metro.places.join(',')}|${metro.edges.map((edge) => `${edge.from}${edge.to}${edge.colour}`).join(',')}|${from}${to}`,
        heldOut: isHeldOutTrip(from, to),
        finish: () => ({
          images: [drawMap(metro)],
          question: `route from ${from} to ${to}`,
          answer,
          answerType: 'path',
          verifier: { kind: 'path', params: { edges, from, to, length: stops.length } },
          caption: metro.edges.map((edge) => `${edge.from} ${edge.colour} ${edge.to}`).join(' '),
          boxes: stops.map((stop): Evidence => {
            const { x, y } = centre(metro.places[STATIONS.indexOf(stop)] ?? 0);
            return {
              image: 0,
              x0: x - CELL / 2,
              y0: y - CELL / 2,
              x1: x + CELL / 2,
              y1: y + CELL / 2,
              what: `station ${stop}`,
            };
          }),
          steps,
          thought: steps.join(' '),
          meta: { places: metro.places, edges: metro.edges, from, to },
        }),
      };
    }
  },
};
