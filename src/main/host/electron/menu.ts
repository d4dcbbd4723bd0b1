/**
 * Native menus. Comes in: whether this is macOS, and what the entries do. Goes out: the application
 * menu, with the roles of the system wherever there is one. Everything else the app can do is in its
 * own command palette.
 */
import { Menu, type MenuItemConstructorOptions } from 'electron';

export interface MenuActions {
  readonly quit: () => void;
}

export function setMenu({ quit }: MenuActions): void {
  const isMac = process.platform === 'darwin';
  const quitItem: MenuItemConstructorOptions = {
    label: 'Quit Rationale',
    accelerator: 'CommandOrControl+Q',
    click: quit,
  };
  const template: MenuItemConstructorOptions[] = [
    ...(isMac ? [macMenu(quitItem)] : []),
    { label: 'File', submenu: isMac ? [{ role: 'close' }] : [{ role: 'close' }, quitItem] },
    { role: 'editMenu' },
    {
      label: 'View',
      submenu: [
        { role: 'reload' },
        { type: 'separator' },
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
        { role: 'toggleDevTools' },
      ],
    },
    { role: 'windowMenu' },
  ];
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}

function macMenu(quitItem: MenuItemConstructorOptions): MenuItemConstructorOptions {
  return {
    label: 'Rationale',
    submenu: [
      { role: 'about' },
      { type: 'separator' },
      { role: 'services' },
      { type: 'separator' },
      { role: 'hide' },
      { role: 'hideOthers' },
      { role: 'unhide' },
      { type: 'separator' },
      quitItem,
    ],
  };
}
