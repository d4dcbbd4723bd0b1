/** Words of the shared parts. */
export const text = {
  stage: 'Picture. Plus and minus zoom, 0 fits, hold H to hide what lies over it.',
  zoomIn: 'Zoom in',
  fit: 'Fit',
  list: 'List',
  inspector: 'Details',
} as const;
