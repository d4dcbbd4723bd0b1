/**
 * The headers every answer carries. Comes in: what kind of thing is answered. Goes out: a plain
 * header record. The window may load itself and nothing else; media may do nothing at all.
 */

/** Styles are inline because the component library and the charts write style elements. */
const WINDOW_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** A file somebody else made is shown as what the store says it is, and runs nothing. */
const MEDIA_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'";

const COMMON: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'same-origin',
  'Permissions-Policy':
    'accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=(), clipboard-write=(self), fullscreen=(self)',
};

/** Pages and parts of the window. */
export const windowHeaders: Readonly<Record<string, string>> = {
  ...COMMON,
  'Content-Security-Policy': WINDOW_POLICY,
};

/** Anything that came out of somebody's data. */
export const mediaHeaders: Readonly<Record<string, string>> = {
  ...COMMON,
  'Content-Security-Policy': MEDIA_POLICY,
};

/** Errors and other answers that are nobody's document. */
export const plainHeaders: Readonly<Record<string, string>> = {
  ...COMMON,
  'Content-Security-Policy':
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  'Cache-Control': 'no-store',
};
