/**
 * What a person can do to a run, with what became of it: the last answer, the last error, and which
 * action is under way. A run comes in; actions for buttons, keys and forms go out.
 */
import { useMutation } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { CommandResult, RunCommand } from '../../../shared/model/app-run.ts';
import { useTRPC } from '../../rpc/client.ts';
import { say } from '../../shell/undo-bar.tsx';

export interface Answer {
  readonly action: string;
  readonly result: CommandResult;
}

/** The same functions for as long as the run is the same. */
export interface RunDoers {
  readonly control: (command: RunCommand) => void;
  readonly pause: () => void;
  readonly resume: () => void;
  readonly stop: () => void;
  readonly kill: () => void;
  readonly clear: () => void;
}

export interface RunActions extends RunDoers {
  /** Action under way. */
  readonly busy: string | null;
  readonly answer: Answer | null;
  readonly error: unknown;
}

export function useRunActions(run: string): RunActions {
  const trpc = useTRPC();
  const [answer, setAnswer] = useState<Answer | null>(null);
  const control = useMutation(trpc.runs.control.mutationOptions());
  const pause = useMutation(trpc.runs.pause.mutationOptions());
  const resume = useMutation(trpc.runs.resume.mutationOptions());
  const stop = useMutation(trpc.runs.stop.mutationOptions());
  const kill = useMutation(trpc.runs.kill.mutationOptions());
  const all = { control, pause, resume, stop, kill };
  const running = Object.entries(all).find(([, { isPending }]) => isPending)?.[0];
  const failed = Object.values(all).find(({ error }) => error !== null);
  const [ask, askPause, askResume, askStop, askKill] = [
    control.mutate,
    pause.mutate,
    resume.mutate,
    stop.mutate,
    kill.mutate,
  ];
  const resets = [control.reset, pause.reset, resume.reset, stop.reset, kill.reset];
  // biome-ignore lint/correctness/useExhaustiveDependencies: mutate and reset never change.
  const doers = useMemo<RunDoers>(() => {
    const clear = () => {
      setAnswer(null);
      for (const reset of resets) reset();
    };
    const answered = (action: string) => ({
      onSuccess: (result: CommandResult) => {
        setAnswer({ action, result });
        if (result.accepted && result.message !== '') say(result.message);
      },
    });
    const once = (act: () => void) => () => {
      clear();
      act();
    };
    return {
      clear,
      control: (command) => {
        clear();
        ask({ run, command }, answered(command.kind));
      },
      pause: once(() => askPause({ run }, answered('pause'))),
      resume: once(() => askResume({ run }, answered('resume'))),
      stop: once(() => askStop({ run }, answered('stop'))),
      kill: once(() => askKill({ run }, answered('kill'))),
    };
  }, [run]);
  const asked = control.variables?.command.kind;
  return {
    ...doers,
    busy: running === 'control' ? (asked ?? 'control') : (running ?? null),
    answer,
    error: failed?.error ?? null,
  };
}
