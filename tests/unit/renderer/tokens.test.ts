/**
 * The colours of theme/tokens.css, by number: text reads at 4.5:1 on every surface it stands on, focus
 * and control outlines at 3:1, and no two series come closer than OKLab 0.097 for readers with
 * protanopia, deuteranopia or tritanopia (Machado, Oliveira and Fernandes 2009, severity 1).
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

type Rgb = readonly [number, number, number];

const CSS = readFileSync(
  new URL('../../../src/renderer/theme/tokens.css', import.meta.url),
  'utf8',
);

function rolesOf(theme: 'dark' | 'light'): ReadonlyMap<string, Rgb> {
  const block =
    new RegExp(`:root\\[data-theme="${theme}"\\]\\s*\\{([^}]*)\\}`).exec(CSS)?.[1] ?? '';
  const roles = new Map<string, Rgb>();
  for (const [, name = '', hex = ''] of block.matchAll(/--([\w-]+):\s*#([0-9a-f]{6})\b/gi)) {
    const channel = (at: number) => Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    roles.set(name, [channel(0), channel(2), channel(4)]);
  }
  return roles;
}

const linear = (value: number) =>
  value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;

function contrast(a: Rgb, b: Rgb): number {
  const luminance = ([r, g, b]: Rgb) =>
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
}

const times = (matrix: readonly Rgb[], v: Rgb): Rgb => {
  const row = (at: 0 | 1 | 2) =>
    (matrix[at] ?? [0, 0, 0]).reduce((sum, m, i) => sum + m * (v[i] ?? 0), 0);
  return [row(0), row(1), row(2)];
};

/** Machado et al. 2009, table of severity 1.0, on linear RGB. */
const DEFICIENCIES: Readonly<Record<string, readonly Rgb[]>> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** Ottosson 2020, from linear RGB. */
function oklab(rgb: Rgb): Rgb {
  const lms = times(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    rgb,
  );
  const root: Rgb = [Math.cbrt(lms[0]), Math.cbrt(lms[1]), Math.cbrt(lms[2])];
  return times(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    root,
  );
}

describe.each(['dark', 'light'] as const)('%s', (theme) => {
  const roles = rolesOf(theme);
  const role = (name: string): Rgb => {
    const found = roles.get(name);
    if (found === undefined) throw new Error(`no role --${name}`);
    return found;
  };
  const SURFACES = [
    'bg-frame',
    'bg-pane',
    'bg-main',
    'bg-raised',
    'bg-sunken',
    'bg-selected',
    'bg-hover',
  ];

  it.each(['text-1', 'text-2', 'text-3', 'accent', 'danger', 'warn', 'ok'])(
    '%s reads at 4.5:1',
    (text) => {
      // Selected rows carry text of the two stronger kinds.
      const under = SURFACES.filter((name) => name !== 'bg-selected' || text !== 'text-3');
      const ratios = under.map((name) => [name, contrast(role(text), role(name))] as const);
      const low = ratios.filter(([, ratio]) => ratio < 4.5);
      expect(low).toEqual([]);
    },
  );

  it.each(['focus', 'line-3'])('%s stands out at 3:1', (name) => {
    expect(contrast(role(name), role('bg-main'))).toBeGreaterThanOrEqual(3);
  });

  it.each([
    'tk-neg1',
    'tk-neg2',
    'tk-neg3',
    'tk-pos1',
    'tk-pos2',
    'tk-pos3',
    'tk-seq1',
    'tk-seq2',
    'tk-seq3',
    'tk-seq4',
  ])('a token is read on %s', (tint) =>
    expect(contrast(role('text-1'), role(tint))).toBeGreaterThanOrEqual(4.5),
  );

  it.each(Object.keys(DEFICIENCIES))('series are told apart, %s', (kind) => {
    const seen = Array.from({ length: 8 }, (_, i) => {
      const [r, g, b] = role(`s${i + 1}`);
      const shifted = times(DEFICIENCIES[kind] ?? [], [linear(r), linear(g), linear(b)]);
      return oklab([Math.max(0, shifted[0]), Math.max(0, shifted[1]), Math.max(0, shifted[2])]);
    });
    const close = seen.flatMap((a, i) =>
      seen.slice(i + 1).map((b, j) => ({
        pair: `s${i + 1} s${i + j + 2}`,
        distance: Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]),
      })),
    );
    expect(close.filter(({ distance }) => distance < 0.0965)).toEqual([]);
  });
});
