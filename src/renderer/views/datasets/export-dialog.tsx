/** Export of a dataset, a view or what matches: form, file kind, folder; progress and the round trip after it. */
import { Button, Modal, Select } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { DatasetSummary, RowQuery } from '../../../shared/model/dataset.ts';
import type { ExportFormatId, ExportRecord } from '../../../shared/model/dataset-reports.ts';
import { EXPORT_FORMATS } from '../../../shared/model/dataset-reports.ts';
import { FolderPicker } from '../../parts/folder-picker.tsx';
import { count } from '../../parts/format.ts';
import { Meter } from '../../parts/meter.tsx';
import { ErrorState } from '../../parts/states.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { text } from '../../strings/datasets-export.ts';
import styles from './export-dialog.module.css';

export interface ExportDialogProps {
  readonly dataset: DatasetSummary;
  readonly query: RowQuery;
  readonly onClose: () => void;
}

export function ExportDialog({ dataset, query, onClose }: ExportDialogProps) {
  const trpc = useTRPC();
  const [format, setFormat] = useState<ExportFormatId>('trl-prompt-completion');
  const [file, setFile] = useState<string | null>(null);
  const [path, setPath] = useState<string | undefined>();
  const [isPicking, setPicking] = useState(false);
  const formats = useQuery(trpc.datasets.exportFormats.queryOptions({})).data ?? [];
  const records = useQuery(trpc.datasets.exports.queryOptions({ dataset: dataset.id })).data ?? [];
  const start = useMutation(trpc.datasets.export.mutationOptions());
  const chosen = formats.find(({ id }) => id === format);
  const kind = chosen?.files.find((known) => known === file) ?? chosen?.files[0];
  const isNarrowed = query.filters.length > 0 || query.search !== '' || query.view !== undefined;
  const record = records.find(({ id }) => id === start.data?.id);
  return (
    <Modal opened onClose={onClose} title={text.title(dataset.name)}>
      <div className={styles['form']}>
        <Select
          label={text.form}
          description={chosen?.about}
          value={format}
          data={formats.map(({ id, title }) => ({ value: id, label: title }))}
          onChange={(next) => {
            const known = EXPORT_FORMATS.find((id) => id === next);
            if (known !== undefined) setFormat(known);
          }}
        />
        {chosen !== undefined && chosen.files.length > 1 && (
          <Select label={text.file} value={kind ?? null} data={chosen.files} onChange={setFile} />
        )}
        {chosen !== undefined && chosen.loses !== '' && (
          <p className={styles['weak']}>{text.loses(chosen.loses)}</p>
        )}
        <div className={styles['folder']}>
          <span className="mono">{path ?? text.defaultFolder}</span>
          <Button onClick={() => setPicking(true)}>{text.chooseFolder}</Button>
        </div>
        {start.error !== null && <ErrorState error={start.error} />}
        {record !== undefined && <Outcome record={record} />}
        <div className={styles['foot']}>
          <span className={styles['weak']}>
            {isNarrowed ? text.onlyMatching : text.all(count(dataset.rows))}
          </span>
          <Button onClick={onClose}>{text.close}</Button>
          <Button
            variant="filled"
            disabled={record?.status === 'running'}
            onClick={() =>
              start.mutate({
                dataset: dataset.id,
                format,
                ...(kind === undefined ? {} : { file: kind }),
                ...(isNarrowed ? { query } : {}),
                ...(path === undefined ? {} : { path }),
              })
            }
          >
            {text.export}
          </Button>
        </div>
      </div>
      <FolderPicker
        isOpen={isPicking}
        title={text.chooseFolder}
        kinds="folder"
        onClose={() => setPicking(false)}
        onChoose={(next) => {
          setPath(next);
          setPicking(false);
        }}
      />
    </Modal>
  );
}

function Outcome({ record }: { readonly record: ExportRecord }) {
  const trpc = useTRPC();
  const cancel = useMutation(trpc.datasets.cancelExport.mutationOptions());
  if (record.status === 'running') {
    return (
      <div className={styles['progress']}>
        <span>{record.progress?.stage}</span>
        <Meter
          value={record.progress?.done ?? 0}
          total={record.progress?.total ?? 0}
          label={text.export}
        />
        <Button onClick={() => cancel.mutate({ id: record.id })}>{text.stop}</Button>
      </div>
    );
  }
  if (record.error !== null) return <ErrorState error={{ data: { lab: record.error } }} />;
  const losses = record.roundTrip?.losses ?? [];
  return (
    <div className={styles['outcome']} role="status">
      <p>
        {text.done(count(record.rows))} <code>{record.path}</code>
      </p>
      {record.skipped.map(({ reason, rows }) => (
        <p key={reason}>{text.skipped(count(rows), reason)}</p>
      ))}
      {record.roundTrip !== null && losses.length === 0 && (
        <p>{text.roundTripEqual(count(record.roundTrip.rows))}</p>
      )}
      {losses.map((loss) => (
        <p key={loss.field}>{text.loss(loss.field, count(loss.rows), loss.example)}</p>
      ))}
    </div>
  );
}
