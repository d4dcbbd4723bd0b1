/** Name and version of the product; a test keeps the version equal to package.json's. */
export const PRODUCT_VERSION = '0.1.0';
