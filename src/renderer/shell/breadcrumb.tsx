/**
 * Where the person is. Pages that know better names than their path give them with
 * {@link useBreadcrumb}; the path is the fallback.
 */
import { useEffect, useSyncExternalStore } from 'react';
import { text } from '../strings/shell.ts';
import { areas } from '../views/areas.ts';
import styles from './breadcrumb.module.css';
import { useGo, usePathname } from './location.ts';

export interface Crumb {
  readonly title: string;
  readonly path?: string;
}

let given: readonly Crumb[] = [];
const listeners = new Set<() => void>();
function setGiven(next: readonly Crumb[]): void {
  given = next;
  for (const listener of listeners) listener();
}
function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Crumbs behind the area's own, while the page is shown. */
export function useBreadcrumb(crumbs: readonly Crumb[]): void {
  const key = JSON.stringify(crumbs);
  useEffect(() => {
    // Parsed from what was just written: the key is the value, so that an equal list changes nothing.
    setGiven(JSON.parse(key) as readonly Crumb[]);
    return () => setGiven([]);
  }, [key]);
}

export function Breadcrumb() {
  const pathname = usePathname();
  const go = useGo();
  const more = useSyncExternalStore(subscribe, () => given);
  const area = areas.find(({ path }) => pathname === path || pathname.startsWith(`${path}/`));
  const crumbs: Crumb[] = [
    ...(area === undefined ? [] : [{ title: area.title, path: area.path }]),
    ...more,
  ];
  useEffect(() => {
    const last = crumbs.at(-1)?.title;
    document.title = last === undefined ? text.product : `${last} · ${text.product}`;
  });
  return (
    <nav className={styles['crumbs']} aria-label={text.breadcrumb}>
      <ol>
        {crumbs.map(({ title, path }, index) => (
          <li key={`${title}-${path ?? ''}`}>
            {path !== undefined && index < crumbs.length - 1 ? (
              <a
                href={path}
                onClick={(event) => {
                  event.preventDefault();
                  go(path);
                }}
              >
                {title}
              </a>
            ) : (
              <span aria-current="page">{title}</span>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}
