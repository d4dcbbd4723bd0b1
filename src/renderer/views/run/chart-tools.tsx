/** The row above the charts: what x counts, smoothing, log axes, values at the rule, which charts. */
import { Button, Checkbox, Popover, SegmentedControl, Slider, Switch } from '@mantine/core';
import { useMemo } from 'react';
import type { EventMark } from '../../charts/chart-types.ts';
import { useHoverStore, useHoverX } from '../../charts/hover.tsx';
import { valuesAt } from '../../charts/legend.tsx';
import { useCommands } from '../../commands/registry.ts';
import { RemovableChip } from '../../parts/chip.tsx';
import { count, duration } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { text } from '../../strings/run.ts';
import type { ChartData, Stretch } from './chart-data.ts';
import styles from './chart-grid.module.css';
import type { ChartPlan } from './chart-plan.ts';
import type { ChartSettings } from './chart-settings.ts';

export interface ChartToolsProps {
  readonly settings: ChartSettings;
  readonly onChange: (change: Partial<ChartSettings>) => void;
  readonly plans: readonly ChartPlan[];
  readonly shown: readonly ChartPlan[];
  /** undefined = as at first. */
  readonly onShow: (ids: string[] | undefined) => void;
  readonly data: readonly ChartData[];
  readonly stretch: Stretch;
  readonly onReset: () => void;
  readonly marks: readonly EventMark[];
}

export function ChartTools(props: ChartToolsProps) {
  const { settings, onChange, stretch } = props;
  const isTime = settings.x === 'time';
  useMarkCommands(props.marks);
  return (
    <div className={styles['tools']} role="toolbar" aria-label={text.xAxis}>
      <SegmentedControl
        aria-label={text.xAxis}
        value={settings.x}
        onChange={(x) => onChange({ x: x as ChartSettings['x'] })} // only the values below
        data={Object.entries(text.axes).map(([value, label]) => ({ value, label }))}
      />
      <span className={styles['smoothing']}>
        {text.smoothing}
        <Slider
          className={styles['slider'] ?? ''}
          thumbLabel={text.smoothing}
          min={0}
          max={0.99}
          step={0.01}
          value={settings.smoothing}
          onChange={(smoothing) => onChange({ smoothing })}
        />
        <span className={styles['weight']}>
          {settings.smoothing === 0
            ? text.smoothingOff
            : text.smoothingOn(settings.smoothing.toFixed(2))}
        </span>
      </span>
      <Switch
        label={text.log}
        aria-label={text.logHint}
        checked={settings.isLog}
        onChange={(event) => onChange({ isLog: event.currentTarget.checked })}
      />
      {stretch !== null && (
        <RemovableChip removeLabel={text.zoomReset} onRemove={props.onReset}>
          {text.zoomed(placeText(stretch[0], isTime), placeText(stretch[1], isTime))}
        </RemovableChip>
      )}
      <HoverValues data={props.data} isTime={isTime} />
      <ChartChooser {...props} />
    </div>
  );
}

function placeText(x: number, isTime: boolean): string {
  return isTime ? duration(x) : count(x);
}

/** The leading value of the first charts; every chart says its own in its title. */
function HoverValues({
  data,
  isTime,
}: {
  readonly data: readonly ChartData[];
  readonly isTime: boolean;
}) {
  const x = useHoverX();
  if (x === null) return <span className={styles['readout']} />;
  const values = data
    .slice(0, 2)
    .flatMap(({ plan, series }) =>
      valuesAt(series.slice(0, 1), x).map(
        ({ text: value }) => `${plan.title.split(' ')[0]?.toLowerCase()} ${value}`,
      ),
    );
  return (
    <span className={styles['readout']}>
      {text.at(placeText(x, isTime))} <b>{values.join(', ')}</b>
    </span>
  );
}

/** `[` and `]` put the rule on the event before or after. */
function useMarkCommands(marks: readonly EventMark[]): void {
  const store = useHoverStore();
  const commands = useMemo(() => {
    const go = (direction: 1 | -1) => () => {
      const places = marks.map(({ x }) => x).toSorted((a, b) => a - b);
      const now = store.get();
      const next =
        direction === 1
          ? places.find((x) => x > (now ?? Number.NEGATIVE_INFINITY))
          : places.findLast((x) => x < (now ?? Number.POSITIVE_INFINITY));
      if (next !== undefined) store.set(next);
    };
    return [
      {
        id: 'run.previous-event',
        title: text.previousEvent,
        group: text.group,
        keys: ['['],
        run: go(-1),
      },
      { id: 'run.next-event', title: text.nextEvent, group: text.group, keys: [']'], run: go(1) },
    ];
  }, [marks, store]);
  useCommands(commands);
}

function ChartChooser({ plans, shown, onShow }: ChartToolsProps) {
  const ids = shown.map(({ id }) => id);
  const groups = Map.groupBy(plans, ({ group }) => group);
  return (
    <Popover position="bottom-end" withinPortal trapFocus>
      <Popover.Target>
        <Button variant="subtle" leftSection={<Icon name="grid" />}>
          {text.chartsOf(ids.length, plans.length)}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p={0}>
        <div className={styles['chooser']} role="group" aria-label={text.chooseCharts}>
          <Button variant="subtle" onClick={() => onShow(undefined)}>
            {text.chartsDefault}
          </Button>
          {[...groups].map(([group, members]) => (
            <div key={group}>
              <h4>{group}</h4>
              {members.map((plan) => (
                <Checkbox
                  key={plan.id}
                  label={plan.title}
                  checked={ids.includes(plan.id)}
                  onChange={(event) =>
                    onShow(
                      event.currentTarget.checked
                        ? [...ids, plan.id]
                        : ids.filter((id) => id !== plan.id),
                    )
                  }
                />
              ))}
            </div>
          ))}
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
