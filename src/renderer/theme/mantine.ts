/**
 * Mantine in our roles, mapped once: its variables point at theme/tokens.css, its components are
 * small and square, so that no view sets a colour or a size of its own.
 */
import {
  ActionIcon,
  Button,
  Checkbox,
  type CSSVariablesResolver,
  createTheme,
  Menu,
  Modal,
  MultiSelect,
  NumberInput,
  Popover,
  SegmentedControl,
  Select,
  Slider,
  Switch,
  Tabs,
  TagsInput,
  Textarea,
  TextInput,
  Tooltip,
} from '@mantine/core';
import { text } from '../strings/shell.ts';

const xs = { defaultProps: { size: 'xs' } };
const floating = { transitionProps: { duration: 140 }, shadow: 'none' };

export const theme = createTheme({
  fontFamily: 'var(--font-ui)',
  fontFamilyMonospace: 'var(--font-mono)',
  fontSizes: {
    xs: 'var(--fs-12)',
    sm: 'var(--fs-12)',
    md: 'var(--fs-13)',
    lg: 'var(--fs-15)',
    xl: 'var(--fs-18)',
  },
  lineHeights: { xs: '16px', sm: '16px', md: '20px', lg: '20px', xl: '24px' },
  radius: { xs: '2px', sm: '4px', md: '4px', lg: '6px', xl: '8px' },
  spacing: { xs: '4px', sm: '8px', md: '12px', lg: '16px', xl: '24px' },
  defaultRadius: 'sm',
  primaryColor: 'blue',
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  components: {
    Button: Button.extend({ defaultProps: { size: 'xs', variant: 'default' } }),
    ActionIcon: ActionIcon.extend({ defaultProps: { size: 24, variant: 'subtle', color: 'gray' } }),
    TextInput: TextInput.extend(xs),
    Textarea: Textarea.extend(xs),
    NumberInput: NumberInput.extend({ defaultProps: { size: 'xs', hideControls: true } }),
    Select: Select.extend({ defaultProps: { size: 'xs', allowDeselect: false } }),
    MultiSelect: MultiSelect.extend(xs),
    TagsInput: TagsInput.extend(xs),
    Checkbox: Checkbox.extend(xs),
    Switch: Switch.extend(xs),
    SegmentedControl: SegmentedControl.extend({
      defaultProps: { size: 'xs', transitionDuration: 0 },
    }),
    Slider: Slider.extend({ defaultProps: { size: 'xs', label: null } }),
    Tabs: Tabs.extend({ defaultProps: { keepMounted: false } }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 400, withinPortal: true } }),
    Menu: Menu.extend({ defaultProps: floating }),
    Popover: Popover.extend({ defaultProps: floating }),
    Modal: Modal.extend({
      defaultProps: {
        centered: true,
        size: 'lg',
        transitionProps: { duration: 140 },
        closeButtonProps: { 'aria-label': text.close },
      },
    }),
  },
});

const roles = {
  '--mantine-color-body': 'var(--bg-main)',
  '--mantine-color-text': 'var(--text-1)',
  '--mantine-color-dimmed': 'var(--text-3)',
  '--mantine-color-placeholder': 'var(--text-3)',
  '--mantine-color-anchor': 'var(--accent)',
  '--mantine-color-error': 'var(--danger)',
  '--mantine-color-default': 'var(--bg-main)',
  '--mantine-color-default-hover': 'var(--bg-hover)',
  '--mantine-color-default-color': 'var(--text-1)',
  '--mantine-color-default-border': 'var(--line-2)',
  '--mantine-color-disabled': 'transparent',
  '--mantine-color-disabled-color': 'var(--text-off)',
  '--mantine-color-disabled-border': 'var(--line-2)',
  '--mantine-primary-color-filled': 'var(--accent-solid)',
  '--mantine-primary-color-filled-hover': 'var(--accent-solid)',
  '--mantine-primary-color-light': 'var(--accent-weak)',
  '--mantine-primary-color-light-hover': 'var(--accent-weak)',
  '--mantine-primary-color-light-color': 'var(--accent)',
  '--mantine-color-blue-filled': 'var(--accent-solid)',
  '--mantine-color-blue-filled-hover': 'var(--accent-solid)',
  '--mantine-color-red-filled': 'var(--danger)',
  '--mantine-color-gray-light-hover': 'var(--bg-hover)',
  '--mantine-color-gray-subtle-color': 'var(--text-2)',
  '--mantine-color-gray-light-color': 'var(--text-2)',
};

/** The same roles in both schemes: tokens.css gives them their values. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: roles,
  dark: roles,
});
