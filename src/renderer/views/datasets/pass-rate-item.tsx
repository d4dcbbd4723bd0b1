/** Menu item of a dataset: takes how often a run got each row right as a column to filter by. */
import { Button, Menu, Popover, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ErrorState } from '../../parts/states.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { text } from '../../strings/datasets.ts';

/** The newest runs; an older one is found under Runs. */
const SHOWN_RUNS = 10;

export function PassRateItem({ dataset }: { readonly dataset: string }) {
  const trpc = useTRPC();
  const [isOpen, setOpen] = useState(false);
  const runs = useQuery(trpc.runs.list.queryOptions({}, { enabled: isOpen }));
  const add = useMutation(
    trpc.datasets.addPassRates.mutationOptions({ onSuccess: () => setOpen(false) }),
  );
  const sampled = (runs.data ?? []).filter(({ shape }) => shape === 'online-rl');
  return (
    <Popover
      opened={isOpen}
      onChange={setOpen}
      position="left-start"
      trapFocus
      width={280}
      // Inside the menu: a click beside the menu would close both.
      withinPortal={false}
    >
      <Popover.Target>
        <Menu.Item closeMenuOnClick={false} onClick={() => setOpen(!isOpen)}>
          {text.passRates}…
        </Menu.Item>
      </Popover.Target>
      <Popover.Dropdown>
        <Text c="dimmed">{text.passRatesHelp}</Text>
        <Stack gap={4} mt="xs">
          {runs.data !== undefined && sampled.length === 0 && <Text>{text.passRatesNoRun}</Text>}
          {sampled.slice(0, SHOWN_RUNS).map(({ id, name }) => (
            <Button
              key={id}
              loading={add.isPending}
              onClick={() => add.mutate({ dataset, run: id })}
            >
              {name}
            </Button>
          ))}
        </Stack>
        {add.error !== null && <ErrorState error={add.error} />}
      </Popover.Dropdown>
    </Popover>
  );
}
