/**
 * Runs a built preload script in a page as Electron's sandbox would. Comes in: its source. Goes out: a
 * script for every new document: `require('electron')` with contextBridge and ipcRenderer and nothing
 * else, in the main frame only.
 */
export function preloadScript(source: string): string {
  return `(() => {
  if (window.top !== window) return;
  const listeners = new Map();
  Object.defineProperty(window, '__electronDeliver', { value: (channel, payload) => {
    for (const listener of listeners.get(channel) ?? []) listener({}, payload);
  }});
  // What the window's own handler decides in Electron; a denied window is null there.
  window.open = (url) => { void window.__electronOpen(String(new URL(url, location.href))); return null; };
  const electron = {
    contextBridge: { exposeInMainWorld: (name, api) =>
      Object.defineProperty(window, name, { value: Object.freeze(api), enumerable: true }) },
    ipcRenderer: {
      send: (channel, payload) => void window.__electronSend(channel, payload),
      invoke: (channel, payload) => window.__electronInvoke(channel, payload),
      on: (channel, listener) => listeners.set(channel, [...(listeners.get(channel) ?? []), listener]),
      removeListener: (channel, listener) =>
        listeners.set(channel, (listeners.get(channel) ?? []).filter((known) => known !== listener)),
    },
  };
  const require = (name) => {
    if (name !== 'electron') throw new Error('a sandboxed preload script has no module ' + name);
    return electron;
  };
  (function (require) {
${source}
})(require);
})();`;
}
