/** A sound: wave, spectrogram, play and pause. The hash of a sound in the media store comes in. */
import { ActionIcon } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import WaveSurfer from 'wavesurfer.js';
import Spectrogram from 'wavesurfer.js/dist/plugins/spectrogram.esm.js';
import { Icon } from '../../parts/icon.tsx';
import { text } from '../../strings/datasets.ts';
import styles from './audio-stage.module.css';

export function AudioStage({ sha256 }: { readonly sha256: string }) {
  const box = useRef<HTMLDivElement>(null);
  const [player, setPlayer] = useState<WaveSurfer | undefined>();
  const [isPlaying, setPlaying] = useState(false);
  useEffect(() => {
    if (box.current === null) return;
    const roles = getComputedStyle(document.documentElement);
    const wave = WaveSurfer.create({
      container: box.current,
      url: `/media/${sha256}`,
      height: 48,
      waveColor: roles.getPropertyValue('--line-3'),
      progressColor: roles.getPropertyValue('--accent'),
      plugins: [Spectrogram.create({ height: 96, labels: true, scale: 'mel' })],
    });
    wave.on('play', () => setPlaying(true));
    wave.on('pause', () => setPlaying(false));
    setPlayer(wave);
    return () => wave.destroy();
  }, [sha256]);
  return (
    <div className={styles['audio']}>
      <ActionIcon
        aria-label={isPlaying ? text.pause : text.play}
        onClick={() => void player?.playPause()}
      >
        <Icon name={isPlaying ? 'pause' : 'play'} />
      </ActionIcon>
      <div ref={box} className={styles['wave']} />
    </div>
  );
}
