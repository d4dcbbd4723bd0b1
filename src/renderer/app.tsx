/** Providers around the router: queries, the link to main, Mantine in our roles, commands. */
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useState } from 'react';
import { router } from './router.tsx';
import { createRpcClient, TRPCProvider } from './rpc/client.ts';
import { useAppearance } from './theme/appearance.ts';
import { cssVariables, theme } from './theme/mantine.ts';

export function App() {
  const [queryClient] = useState(
    () =>
      new QueryClient({
        defaultOptions: {
          queries: {
            // Main says when something changed (see rpc/live-queries.tsx); nothing goes stale by age.
            staleTime: Number.POSITIVE_INFINITY,
            refetchOnWindowFocus: false,
            retry: false,
          },
        },
      }),
  );
  const [rpcClient] = useState(createRpcClient);
  const { resolved } = useAppearance();
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} forceColorScheme={resolved}>
      <QueryClientProvider client={queryClient}>
        <TRPCProvider trpcClient={rpcClient} queryClient={queryClient}>
          <RouterProvider router={router} />
        </TRPCProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}
