/** Words of the export dialog. */
export const text = {
  title: (name: string) => `Export ${name}`,
  export: 'Export',
  form: 'Form',
  file: 'File',
  loses: (what: string) => `Has no place for: ${what}`,
  defaultFolder: 'exports/ of this workspace',
  chooseFolder: 'Choose folder',
  close: 'Close',
  stop: 'Stop',
  onlyMatching: 'The rows that match now',
  all: (rows: string) => `All ${rows} rows`,
  done: (rows: string) => `${rows} rows written to`,
  skipped: (rows: string, reason: string) => `${rows} rows left out: ${reason}`,
  roundTripEqual: (rows: string) => `Read back: ${rows} rows are equal to the source.`,
  loss: (field: string, rows: string, example: string) =>
    `Read back: ${field} differs in ${rows} rows, such as ${example}`,
} as const;
