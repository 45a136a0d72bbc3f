/** What bounds a pipeline that is written down, in either form. */

/** Characters of a launch line: UTF-16 units. */
export const longestLaunch = 256 * 1024;

/** Bins in bins, and arrays and objects in each other. */
export const deepestNesting = 32;

/** Elements of a pipeline or bin. */
export const mostElements = 1000;

/** Links of a pipeline or bin. */
export const mostLinks = 4000;

/** Characters of what a pipeline says of itself. */
export const longestDescription = 1000;

/** Characters of caps between two elements. */
export const longestCaps = 256;
