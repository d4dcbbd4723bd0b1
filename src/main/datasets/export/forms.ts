/** The roll-call of forms a dataset can be exported to. */
import type { ExportFormat, ExportFormatId } from '../../../shared/model/dataset-reports.ts';
import { chatForms } from './chat-forms.ts';
import type { ExportForm } from './form.ts';
import { otherForms } from './other-forms.ts';
import { trlForms } from './trl-forms.ts';

const forms: ReadonlyMap<ExportFormatId, ExportForm> = new Map(
  [...otherForms.slice(0, 1), ...trlForms, ...chatForms, ...otherForms.slice(1)].map((form) => [
    form.id,
    form,
  ]),
);

export function formOf(id: ExportFormatId): ExportForm {
  const form = forms.get(id);
  // A test holds the list against the ids.
  if (form === undefined) throw new RangeError(`no form ${id}`);
  return form;
}

export function exportFormats(): ExportFormat[] {
  return [...forms.values()].map(({ id, title, about, files, loses }) => ({
    ...{ id, title, about, files, loses },
  }));
}
