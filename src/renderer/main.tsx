/** Entry of the window: styles, then the app into #root. */
import '@fontsource-variable/inter/wght.css';
import '@fontsource/jetbrains-mono/400.css';
import '@fontsource/jetbrains-mono/600.css';
import '@mantine/core/styles.css';
import './theme/tokens.css';
import './theme/contrast.css';
import './theme/mantine.css';
import './theme/global.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { applyStoredAppearance } from './theme/appearance.ts';

applyStoredAppearance();
const root = document.getElementById('root');
if (root === null) throw new Error('index.html has a #root');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
