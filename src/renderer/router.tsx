/** Routes derive from the roll-call of views: each view has a path, loads when it is first shown, and fails alone. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';
import { ErrorState } from './parts/states.tsx';
import { Shell } from './shell/shell.tsx';
import { pages } from './views/index.ts';

const rootRoute = createRootRoute({ component: Shell, notFoundComponent: () => <NotFound /> });

const home = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/datasets' });
  },
});

const pageRoutes = pages.map((page) =>
  createRoute({
    getParentRoute: () => rootRoute,
    path: page.path,
    component: lazyRouteComponent(page.load, 'View'),
    errorComponent: ({ error }) => <ErrorState error={error} />,
  }),
);

function NotFound() {
  return <ErrorState error={new Error(`There is no page at ${window.location.pathname}.`)} />;
}

export const router = createRouter({
  routeTree: rootRoute.addChildren([home, ...pageRoutes]),
  defaultPreload: 'intent',
});
