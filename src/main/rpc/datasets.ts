/**
 * What a window can do with datasets. Comes in: requests, parsed here. Goes out: what the service
 * answers; every schema is in shared/model. Long work (import, preflight, export) answers at once and
 * reports through the `datasets` change counter.
 */
import { z } from 'zod';
import {
  badRow,
  dataRef,
  datasetId,
  datasetName,
  facetRequest,
  rowNumber,
  rowQuery,
  tagName,
  worldRequest,
} from '../../shared/model/dataset.ts';
import {
  exportRequest,
  PREFLIGHT_KINDS,
  preflightFix,
} from '../../shared/model/dataset-reports.ts';
import { mapping } from '../../shared/model/import.ts';
import { procedure, router } from './trpc.ts';

const id = z.object({ id: datasetId });
const path = z.string().min(1).max(4096);
const page = { offset: z.int().min(0).max(0x7fffffff).default(0), limit: z.int().min(1).max(1000) };
const viewId = z.string().min(1).max(64);

/** Which rows an edit is about: a list of numbers, or all that match. */
const rowsOrQuery = {
  dataset: datasetId,
  rows: z.array(rowNumber).max(1_000_000).optional(),
  query: rowQuery.optional(),
};

export const datasetsRouter = router({
  list: procedure.query(({ ctx }) => ctx.lab.datasets.list()),
  get: procedure.input(id).query(({ ctx, input }) => ctx.lab.datasets.get(input.id)),

  /** What lies at a path, and how it would be read. */
  sniff: procedure
    .input(z.object({ path, set: z.string().max(200).optional() }))
    .query(({ ctx, input }) => ctx.lab.datasets.sniff(input.path, input.set)),
  /** The first rows as this mapping makes them; nothing is imported. */
  preview: procedure
    .input(z.object({ path, mapping, count: z.int().min(1).max(200).default(20) }))
    .query(({ ctx, input }) => ctx.lab.datasets.preview(input)),
  mappings: procedure.query(({ ctx }) => ctx.lab.datasets.table.mappings()),
  saveMapping: procedure
    .input(z.object({ name: datasetName, mapping }))
    .mutation(({ ctx, input }) => ctx.lab.datasets.table.saveMapping(input.name, input.mapping)),
  removeMapping: procedure
    .input(z.object({ id: z.string().min(1).max(64) }))
    .mutation(({ ctx, input }) => ctx.lab.datasets.table.removeMapping(input.id)),
  /** Starts an import and answers with the dataset it fills. */
  import: procedure
    .input(z.object({ path, mapping, name: datasetName, isHeldOut: z.boolean().default(false) }))
    .mutation(({ ctx, input }) => ctx.lab.datasets.import(input)),
  importWorld: procedure
    .input(worldRequest)
    .mutation(({ ctx, input }) => ctx.lab.datasets.importWorld(input)),
  cancelImport: procedure
    .input(id)
    .mutation(({ ctx, input }) => ctx.lab.datasets.imports.cancel(input.id)),
  resumeImport: procedure
    .input(id)
    .mutation(({ ctx, input }) => ctx.lab.datasets.imports.resume(input.id)),
  badRows: procedure
    .input(id.extend(page))
    .output(z.object({ rows: z.array(badRow), total: z.int() }))
    .query(({ ctx, input }) => ctx.lab.datasets.badRows(input.id, input)),

  rename: procedure
    .input(id.extend({ name: datasetName }))
    .mutation(({ ctx, input }) => ctx.lab.datasets.rename(input.id, input.name)),
  remove: procedure.input(id).mutation(({ ctx, input }) => ctx.lab.datasets.remove(input.id)),
  setHeldOut: procedure
    .input(id.extend({ isHeldOut: z.boolean() }))
    .mutation(({ ctx, input }) => ctx.lab.datasets.setHeldOut(input.id, input.isHeldOut)),

  rows: procedure
    .input(z.object({ query: rowQuery, ...page }))
    .query(({ ctx, input }) =>
      ctx.lab.datasets.browser.rows(input.query, input.offset, input.limit),
    ),
  count: procedure
    .input(z.object({ query: rowQuery }))
    .query(({ ctx, input }) => ctx.lab.datasets.browser.count(input.query)),
  /** The offset of a row in the result of a query; null when it is not in it. */
  locate: procedure
    .input(z.object({ query: rowQuery, row: rowNumber }))
    .query(({ ctx, input }) => ctx.lab.datasets.browser.locate(input.query, input.row)),
  facets: procedure
    .input(facetRequest)
    .query(({ ctx, input }) => ctx.lab.datasets.browser.facets(input)),

  sample: procedure
    .input(z.object({ dataset: datasetId, row: rowNumber }))
    .query(({ ctx, input }) => ctx.lab.datasets.browser.sample(input.dataset, input.row)),

  /** Pass rates of a run, row by row, as a column to filter and sort by. */
  addPassRates: procedure
    .input(
      z.object({ dataset: datasetId, run: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/) }),
    )
    .mutation(({ ctx, input }) =>
      ctx.lab.datasets.addPassRates(input.dataset, input.run, ctx.lab.runs.get(input.run).name),
    ),
  removeColumn: procedure
    .input(z.object({ dataset: datasetId, column: z.string().max(300) }))
    .mutation(({ ctx, input }) => ctx.lab.datasets.removeColumn(input.dataset, input.column)),

  tag: procedure
    .input(
      z.object({
        ...rowsOrQuery,
        add: z.array(tagName).max(100).default([]),
        remove: z.array(tagName).max(100).default([]),
      }),
    )
    .mutation(({ ctx, input }) => ctx.lab.datasets.tags.edit(input)),

  views: procedure
    .input(z.object({ dataset: datasetId.optional() }))
    .query(({ ctx, input }) => ctx.lab.datasets.views.list(input.dataset)),
  createView: procedure
    .input(
      z.object({
        name: datasetName,
        query: rowQuery,
        rows: z.array(rowNumber).max(1_000_000).optional(),
      }),
    )
    .mutation(({ ctx, input }) => ctx.lab.datasets.views.create(input)),
  /** Freezes the query again, or other rows, as the next version; also renames. */
  updateView: procedure
    .input(
      z.object({
        id: viewId,
        name: datasetName.optional(),
        query: rowQuery.optional(),
        rows: z.array(rowNumber).max(1_000_000).optional(),
        isHeldOut: z.boolean().optional(),
      }),
    )
    .mutation(({ ctx, input }) => ctx.lab.datasets.views.update(input)),
  removeView: procedure
    .input(z.object({ id: viewId }))
    .mutation(({ ctx, input }) => ctx.lab.datasets.views.remove(input.id)),
  /** What a run would be given, made now so that its warnings can be shown first. */
  trainingFile: procedure
    .input(dataRef)
    .mutation(({ ctx, input }) => ctx.lab.datasets.materialise(input)),

  sql: procedure
    .input(
      z.object({
        dataset: datasetId,
        sql: z.string().min(1).max(100_000),
        limit: z.int().min(1).max(10_000).default(1000),
      }),
    )
    .query(({ ctx, input }) => ctx.lab.datasets.sql(input)),

  preflight: procedure
    .input(z.object({ dataset: datasetId }))
    .query(({ ctx, input }) => ctx.lab.datasets.preflight.state(input.dataset)),
  runPreflight: procedure.input(z.object({ dataset: datasetId })).mutation(({ ctx, input }) => {
    ctx.lab.datasets.preflight.start(input.dataset);
  }),
  cancelPreflight: procedure
    .input(z.object({ dataset: datasetId }))
    .mutation(({ ctx, input }) => ctx.lab.datasets.preflight.cancel(input.dataset)),
  /** Makes a view (or the next version of `view`) without the rows of a problem. */
  fixPreflight: procedure
    .input(
      z.object({
        dataset: datasetId,
        problem: z.enum(PREFLIGHT_KINDS),
        fix: preflightFix.shape.id,
        view: viewId.optional(),
      }),
    )
    .mutation(({ ctx, input }) => ctx.lab.datasets.preflight.fix(input)),

  exportFormats: procedure
    .input(z.object({ dataset: datasetId.optional() }).default({}))
    .query(({ ctx }) => ctx.lab.datasets.exports.formats()),
  exports: procedure
    .input(z.object({ dataset: datasetId.optional() }).default({}))
    .query(({ ctx, input }) => ctx.lab.datasets.exports.list(input.dataset)),
  export: procedure
    .input(exportRequest)
    .mutation(({ ctx, input }) => ctx.lab.datasets.exports.start(input)),
  cancelExport: procedure
    .input(z.object({ id: z.string().min(1).max(64) }))
    .mutation(({ ctx, input }) => ctx.lab.datasets.exports.cancel(input.id)),

  modelSees: procedure
    .input(z.object({ dataset: datasetId, row: rowNumber, model: path.optional() }))
    .query(({ ctx, input }) => ctx.lab.datasets.modelSees(input)),
});
