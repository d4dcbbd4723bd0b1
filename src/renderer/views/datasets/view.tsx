/** Placeholder until the view is written. */
export function View() {
  return <div />;
}
